import pytest
from django.core.management import CommandError, call_command

from news.models import Article

pytestmark = pytest.mark.django_db


def fingerprint(article):
    return (
        article.title,
        article.quote,
        article.dated,
        article.source.name,
        sorted(city.slug for city in article.cities.all()),
        sorted(tag.slug for tag in article.tags.all()),
    )


def made():
    articles = Article.objects.order_by("id").prefetch_related("cities", "tags")
    return [fingerprint(article) for article in articles]


def test_articles_are_the_same_however_often_and_in_whatever_steps_they_are_made():
    call_command("make_articles", 30)
    at_once = made()
    call_command("make_articles", 30)
    assert made() == at_once

    Article.objects.all().delete()
    call_command("make_articles", 10)
    call_command("make_articles", 30)

    assert made() == at_once
    assert len(at_once) == 30


def test_another_seed_makes_other_articles():
    call_command("make_articles", 5)
    first = made()
    Article.objects.all().delete()

    call_command("make_articles", 5, seed=7)

    assert made() != first


def test_made_articles_are_live_and_spread_unequally():
    call_command("make_articles", 600)

    assert Article.objects.live().count() == 600
    years = {article.dated.year for article in Article.objects.all()}
    assert len(years) == 15
    counts = sorted(
        Article.objects.filter(cities=city).count()
        for city in Article.cities.through.objects.values_list(
            "city", flat=True
        ).distinct()
    )
    assert counts[-1] > 10 * counts[0]


@pytest.mark.parametrize("number", [0, -1, 1_000_001])
def test_a_number_out_of_bounds_is_refused_in_a_sentence(number):
    with pytest.raises(CommandError, match="is not between 1 and 1,000,000"):
        call_command("make_articles", number)


def test_no_made_up_news_in_production(settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="does not belong"):
        call_command("make_articles", 1)
