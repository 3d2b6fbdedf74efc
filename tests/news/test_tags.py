import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

import make
from news.models import Article, ArticleTag
from nnsc.models import Tag, TagAlias

pytestmark = pytest.mark.django_db


def names(article):
    return [tag.name for tag in Article.objects.get(pk=article.pk).tags.all()]


def test_a_name_with_commas_is_one_tag():
    article = make.article(tags=["Swift, Certain, & Fair", 'say "hi", ok'])

    assert names(article) == ["Swift, Certain, & Fair", 'say "hi", ok']


def test_a_tag_is_found_however_it_is_typed():
    tag = make.tag("Swift, Certain, & Fair")

    article = make.article(
        tags=["swift certain and fair", "SWIFT, CERTAIN & FAIR", tag]
    )

    assert names(article) == ["Swift, Certain, & Fair"]
    assert Tag.objects.count() == 1


def test_a_former_name_leads_to_the_tag_that_has_it():
    tag = make.tag("Group Violence Intervention")
    TagAlias.objects.create(tag=tag, name="Ceasefire")

    article = make.article(tags=["ceasefire"])

    assert names(article) == ["Group Violence Intervention"]


def test_setting_tags_again_replaces_them():
    article = make.article(tags=["One", "Two, too"])

    article.tags.set(["Two, too", "Three"])

    assert sorted(names(article)) == ["Three", "Two, too"]


def test_a_tag_is_on_an_article_once():
    article = make.article(tags=["One"])
    tag = Tag.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        ArticleTag.objects.create(content_object=article, tag=tag)


def test_what_is_in_use_cannot_be_deleted():
    city = make.city()
    article = make.article(cities=[city], tags=["One"])

    for record in [city, Tag.objects.get(), article.source]:
        with pytest.raises(ProtectedError):
            record.delete()


def test_looking_up_many_names_costs_two_queries(django_assert_num_queries):
    wanted = [make.tag().name for _ in range(20)]
    manager = make.article().tags

    with django_assert_num_queries(2):
        manager._to_tag_model_instances(wanted, {})


def test_tags_stand_in_the_order_in_which_they_were_given(client):
    reconciliation, aftercare = make.tag("Reconciliation"), make.tag("Aftercare")
    article = make.article(tags=[reconciliation, aftercare])
    make.article(tags=[aftercare, reconciliation])
    # A database that has changed a row finds it last.
    Tag.objects.filter(pk=reconciliation.pk).update(meaning="Later")

    (found,) = Article.objects.filter(pk=article.pk).for_lists()
    one, other = sorted(Article.objects.for_lists(), key=lambda listed: listed.pk)
    assert [tag.name for tag in found.tags.all()] == ["Reconciliation", "Aftercare"]
    assert [tag.name for tag in one.tags.all()] == ["Reconciliation", "Aftercare"]
    assert [tag.name for tag in other.tags.all()] == ["Aftercare", "Reconciliation"]
