"""Tags, cities, sources and programs made one, and parted again."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

import make
from at_once import at_once
from dump import dump
from impact.models import City, CityAlias, Metric, ProgramCity
from merging import KINDS, send
from news.models import Article, ArticleCity, ArticleTag, Source
from nnsc.history import record_change, snapshot
from nnsc.merging import merge
from nnsc.models import Act, MergedRecord, OldAddress, Revision, Tag, Version
from nnsc.pointing import Pointing, pointing_at
from nnsc.undoing import undo
from reading import main, titles, untouched

pytestmark = pytest.mark.django_db


def renamed(record, slug):
    record.slug = slug
    record.save()
    return record


# What moves


@pytest.mark.parametrize("in_use, folder", KINDS)
def test_what_pointed_at_one_points_at_the_other(client, ann, in_use, folder):
    kept, gone = in_use("Kept"), renamed(in_use("Gone"), "gone-too")
    model = type(kept)
    n_before = {one: one.rows([kept, gone]).count() for one in pointing_at(model)}

    revision = merge(model, kept.pk, [gone.pk], ann)

    assert not model.objects.filter(pk=gone.pk).exists()
    names = {alias.name for alias in kept.aliases.all()}
    assert names == {"Kept of old", "Gone", "Gone of old"}
    for pointing, n in n_before.items():
        is_alias = pointing.model is type(kept.aliases.first())
        assert pointing.rows([kept]).count() == n + is_alias, pointing
    for slug in ["gone", "gone-too"]:
        answer = client.get(f"{folder}{slug}/?page=1")
        assert (answer.status_code, answer.url) == (301, f"{folder}kept/?page=1")
        answer = client.get(f"{folder}{slug}/feed.atom")
        assert (answer.status_code, answer.url) == (301, f"{folder}kept/feed.atom")
    assert "Kept" in main(client.get("/search/?q=gone"))
    assert (revision.act, revision.user) == (Act.MERGED, ann)
    kind = model._meta.verbose_name.capitalize()
    assert revision.note.startswith(f"{kind} “Gone")


@pytest.mark.parametrize("in_use, _folder", KINDS)
def test_undone_everything_is_exactly_as_it_was(client, ann, in_use, _folder):
    kept, gone, third = in_use("Kept"), renamed(in_use("Gone"), "old"), in_use("Third")
    before = dump()

    revision = merge(type(kept), kept.pk, [gone.pk, third.pk], ann)
    merged = dump()
    undone = undo(revision, ann)

    assert dump() == before != merged
    assert undone.left == []
    undo(undone.revision, ann)
    assert dump() == merged


def test_every_key_of_any_app_is_found():
    assert pointing_at(City) == [
        Pointing(CityAlias, CityAlias._meta.get_field("city")),
        Pointing(Metric, Metric._meta.get_field("city")),
        Pointing(ProgramCity, ProgramCity._meta.get_field("city")),
        Pointing(ArticleCity, ArticleCity._meta.get_field("city")),
    ]
    hidden = Pointing(Metric, Metric._meta.get_field("verified_by"))
    assert hidden in pointing_at(User)


def test_an_article_with_both_has_one_and_all_of_several_become_one(ann):
    kept, *gone = tags = [make.tag(f"Tag {n}") for n in range(4)]
    articles = [
        make.article(tags=some) for some in ([kept, *gone], gone, gone[:1], [kept])
    ]
    other = make.tag("Other")
    articles[0].tags.add(other)
    before = dump()

    revision = merge(Tag, kept.pk, [tag.pk for tag in gone], ann)

    assert set(articles[0].tags.all()) == {kept, other}
    assert all(set(article.tags.all()) == {kept} for article in articles[1:])
    assert ArticleTag.objects.filter(tag__in=[tag.pk for tag in tags]).count() == 4
    undo(revision, ann)
    assert dump() == before


def test_what_was_touched_has_a_version_under_one_act(ann):
    kept, gone = make.tag("Kept"), make.tag("Gone")
    article, untouched = make.article(tags=[gone]), make.article(tags=[kept])
    program = make.program(tag=gone)

    revision = merge(Tag, kept.pk, [gone.pk], ann)

    assert revision.note == "Tag “Gone” merged into “Kept”"
    versions = {(v.label, v.record): v for v in revision.versions.all()}
    assert versions.keys() == {
        ("news.article", article.pk),
        ("impact.program", program.pk),
        ("nnsc.tag", kept.pk),
        ("nnsc.tag", gone.pk),
    }
    assert versions["news.article", article.pk].data == snapshot(article)
    assert versions["impact.program", program.pk].data["tag"] == kept.pk
    assert versions["nnsc.tag", gone.pk].gone
    assert not Version.objects.filter(
        label="news.article", record=untouched.pk
    ).exists()


def test_the_name_of_a_merged_city_is_in_the_title_of_its_figures(ann):
    kept, gone = make.city("Kept"), make.city("Gone")
    metric = make.metric(city=gone, headline="fewer shootings")

    merge(City, kept.pk, [gone.pk], ann)

    title = Version.objects.filter(label="impact.metric", record=metric.pk).last().title
    assert title == "fewer shootings · Kept"


def test_when_an_article_was_changed_last_stays(ann):
    kept, gone = make.source(), make.source()
    article = make.article(source=gone)

    merge(Source, kept.pk, [gone.pk], ann)

    moved = Article.objects.get()
    assert (moved.source, moved.updated_at) == (kept, article.updated_at)


def test_what_one_lacks_it_takes_and_what_differs_is_kept_in_the_history(ann):
    kept = make.source(name="NPR", domains="npr.org")
    gone = make.source(
        name="N.P.R. News", home_page="https://npr.org", domains="n.pr\nnpr.org"
    )
    other = make.source(name="Radio", home_page="https://radio.example")
    before = dump()

    revision = merge(Source, kept.pk, [gone.pk, other.pk], ann)

    kept.refresh_from_db()
    assert (kept.home_page, kept.domains) == ("https://npr.org", "npr.org\nn.pr")
    lost = revision.versions.get(record=other.pk).data
    assert lost["home_page"] == "https://radio.example"
    undo(revision, ann)
    assert dump() == before


def test_a_place_on_the_map_and_an_image_are_taken_whole(ann):
    kept = make.city("Kept", description="Here already.")
    image = {"image": make.upload(), "image_alt": "A street."}
    gone = make.city("Gone", latitude="41.8500", longitude="-87.6500", **image)
    before, name = dump(), gone.image.name

    revision = merge(City, kept.pk, [gone.pk], ann)

    kept.refresh_from_db()
    assert (str(kept.latitude), str(kept.longitude)) == ("41.8500", "-87.6500")
    assert (kept.image.name, kept.image_alt) == (name, "A street.")
    assert (kept.image_width, kept.description) == (1600, "Here already.")
    assert kept.image.storage.exists(name)
    undo(revision, ann)
    assert dump() == before
    assert kept.image.storage.exists(name)


def test_a_name_of_another_record_does_not_come_along(ann):
    make.city("Springfield", state="OH")
    kept, gone = make.city("Decatur"), make.city("Springfield", state="IL")

    merge(City, kept.pk, [gone.pk], ann)

    assert not kept.aliases.exists()


def test_addresses_lead_in_one_hop_however_often_they_are_merged(client, ann):
    first, second, third = (make.tag(name) for name in ("First", "Second", "Third"))
    renamed(first, "first-again")
    before = dump()
    acts = [merge(Tag, second.pk, [first.pk], ann)]
    acts.append(merge(Tag, third.pk, [second.pk], ann))
    renamed(third, "last")

    for slug in ["first", "first-again", "second", "third"]:
        answer = client.get(f"/news/tags/{slug}/")
        assert (answer.status_code, answer.url) == (301, "/news/tags/last/")
    renamed(third, "third")
    OldAddress.objects.filter(
        path__in=["/news/tags/last/", "/news/tags/third/"]
    ).delete()
    assert set(MergedRecord.objects.values_list("record", "into")) == {
        (first.pk, third.pk),
        (second.pk, third.pk),
    }
    for act in reversed(acts):
        undo(act, ann)
    assert dump() == before


def test_many_articles_take_the_queries_of_few(ann, django_assert_max_num_queries):
    counts = set()
    for n in [3, 30]:
        kept, gone = make.tag(), make.tag()
        for _ in range(n):
            make.article(tags=[gone])
        with django_assert_max_num_queries(80) as merging:
            revision = merge(Tag, kept.pk, [gone.pk], ann)
        with django_assert_max_num_queries(80) as undoing:
            undo(revision, ann)
        counts.add((len(merging), len(undoing)))

    assert len(counts) == 1


def test_search_finds_the_merged_name_at_once_however_much_moves(
    client, ann, monkeypatch
):
    monkeypatch.setattr("nnsc.merging.N_NOTED", 3)
    monkeypatch.setattr("nnsc.changes.N_NOTED", 3)
    monkeypatch.setattr("nnsc.indexing.N_AT_ONCE", 1)
    kept, gone = make.tag("Kept"), make.tag("Gone")
    for n in range(5):
        make.article(tags=[gone], title=f"Story {n}")
    client.get("/search/?q=gone")

    merge(Tag, kept.pk, [gone.pk], ann)

    assert "Kept" in main(client.get("/search/?q=gone"))
    page = client.get("/news/tags/kept/")
    assert titles(page) == [f"Story {n}" for n in range(4, -1, -1)]


# What was chosen before it


def test_a_form_that_was_opened_before_saves_what_it_is_now(editor, ann):
    tags, sources = [make.tag("Gone"), make.tag("Kept")], [make.source(), make.source()]
    article = make.article(state="draft", tags=tags[:1], source=sources[0])
    merge(Tag, tags[1].pk, [tags[0].pk], ann)
    merge(Source, sources[1].pk, [sources[0].pk], ann)
    fields = {"kind": "news", "state": "draft", "slug": article.slug}
    fields |= {"tags": [tags[0].pk], "source": sources[0].pk}
    address = f"/admin/news/article/{article.pk}/change/"

    page = editor.post(address, fields | {"title": ""}).text
    for record in (tags[1], sources[1]):
        assert f'<option value="{record.pk}" selected>{record}</option>' in page
    assert editor.post(address, fields | {"title": "New"}).status_code == 302
    article = Article.objects.get()
    assert (article.title, article.source) == ("New", sources[1])
    assert list(article.tags.all()) == [tags[1]]


def test_a_version_from_before_brings_back_what_it_is_now(editor, ann):
    kept, gone = make.tag("Kept"), make.tag("Gone")
    article = make.article(state="draft", tags=[gone])
    record_change(article, by=ann, act=Act.ADDED)
    before = snapshot(article)
    article.tags.clear()
    record_change(article, by=ann, act=Act.CHANGED, before=before)
    merge(Tag, kept.pk, [gone.pk], ann)

    page = editor.get(f"/admin/news/article/{article.pk}/change/?version=1").text

    assert f'<option value="{kept.pk}" selected>Kept</option>' in page
    assert "was deleted since" not in page


# At the same moment


def clients_of(n):
    clients = [Client() for _ in range(n)]
    for client in clients:
        client.force_login(make.staff("Editor"))
    return clients


def test_of_several_who_merge_the_same_one_does(transactional_db):
    kept, gone = make.tag("Kept"), make.tag("Gone")
    article = make.article(tags=[gone])
    clients = clients_of(4)

    pages = at_once(*(lambda c=c: send(c, kept, gone).status_code for c in clients))

    assert pages == [200] * 4
    assert Revision.objects.filter(act=Act.MERGED).count() == 1
    assert list(article.tags.all()) == [kept]


def test_of_two_who_merge_crosswise_one_does(transactional_db):
    one, other = make.tag("One"), make.tag("Other")
    make.article(tags=[one, other])
    first, second = clients_of(2)

    at_once(
        lambda: send(first, one, other).status_code,
        lambda: send(second, other, one).status_code,
    )

    assert Tag.objects.count() == 1
    assert ArticleTag.objects.count() == 1


def test_who_saves_an_article_while_its_tag_is_merged_meets_no_error(transactional_db):
    kept, gone = make.tag("Kept"), make.tag("Gone")
    articles = [make.article(tags=[gone], state="draft") for _ in range(4)]
    merger, *savers = clients_of(5)

    def save(client, article):
        address = f"/admin/news/article/{article.pk}/change/"
        fields = untouched(client.get(address)) | {"title": "New"}
        return lambda: client.post(address, fields).status_code

    pairs = zip(savers, articles, strict=True)
    statuses = at_once(
        lambda: send(merger, kept, gone).status_code,
        *(save(client, article) for client, article in pairs),
    )

    assert statuses == [200, 302, 302, 302, 302]
    assert not Tag.objects.filter(pk=gone.pk).exists()
    for article in articles:
        assert list(article.tags.all()) == [kept]
        assert Article.objects.get(pk=article.pk).title == "New"


def test_of_two_who_undo_one_does(transactional_db):
    kept, gone = make.tag("Kept"), make.tag("Gone")
    before = dump()
    act = merge(Tag, kept.pk, [gone.pk], None)
    clients = clients_of(3)

    at_once(
        *(lambda c=c: c.post(f"/admin/undo/{act.pk}/").status_code for c in clients)
    )

    assert dump() == before
    assert Revision.objects.filter(act=Act.UNDONE).count() == 1
