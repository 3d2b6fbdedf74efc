"""Tags, cities, sources and programs made one, and parted again."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

import make
from at_once import at_once
from dump import dump
from impact.models import City, CityAlias, Metric, Program, ProgramCity
from news.models import Article, ArticleCity, ArticleTag, Source
from nnsc.history import record_change, snapshot
from nnsc.merging import CannotMergeError, merge
from nnsc.models import Act, MergedRecord, OldAddress, Revision, Tag, Version
from nnsc.pointing import Pointing, pointing_at
from nnsc.undoing import CannotUndoError, undo
from reading import main, messages_of, titles, untouched

TAGS = "/admin/nnsc/tag/"

pytestmark = pytest.mark.django_db


def merge_page(*records, **choice):
    opts = records[0]._meta
    keys = ",".join(str(record.pk) for record in records)
    choice = "".join(f"&{name}={value}" for name, value in choice.items())
    return f"/admin/{opts.app_label}/{opts.model_name}/merge/?keys={keys}{choice}"


def send(client, into, *others, **more):
    keys = ",".join(str(record.pk) for record in (into, *others))
    address = merge_page(into).partition("?")[0]
    return client.post(address, {"keys": keys, "into": into.pk} | more, follow=True)


def tag_in_use(name):
    tag = make.tag(name, meaning=f"All on {name}.")
    tag.aliases.create(name=f"{name} of old")
    make.article(tags=[tag])
    return tag


def source_in_use(name):
    source = make.source(name=name, domains=f"{name}.org")
    source.aliases.create(name=f"{name} of old")
    make.article(source=source)
    return source


def city_in_use(name):
    city = make.city(name, description=f"{name} is a city.")
    city.aliases.create(name=f"{name} of old")
    make.article(cities=[city])
    make.metric(city=city)
    make.program(cities=[city])
    return city


def program_in_use(name):
    program = make.program(name, cities=[make.city()], description=f"{name}.")
    program.aliases.create(name=f"{name} of old")
    make.metric(program=program)
    return program


KINDS = [
    (tag_in_use, "/news/tags/"),
    (source_in_use, "/sources/"),
    (city_in_use, "/cities/"),
    (program_in_use, "/programs/"),
]


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


# What forbids it


def test_two_tags_of_two_programs_are_not_merged_before_the_programs(editor):
    kept, gone = make.tag("Kept"), make.tag("Gone")
    programs = [make.program("Cure", tag=kept), make.program("Fire", tag=gone)]
    before = dump()

    page = editor.get(merge_page(kept, gone)).text
    assert "a tag can have only one program" in page
    way_out = merge_page(*programs)
    assert f'href="{way_out}"' in page
    assert 'name="into"' not in page
    page = send(editor, kept, gone).text
    assert "a tag can have only one program" in page
    assert dump() == before
    page = editor.get(way_out).text
    assert "Each has its own tag" in page
    assert f'href="{merge_page(gone, kept)}"' in page
    send(editor, *programs)
    send(editor, kept, gone)
    assert Program.objects.get().tag == kept


def test_cities_of_different_states_are_merged_only_by_who_is_sure(editor):
    kept, gone = make.city("Gary", state="IN"), make.city("Gary", state="IL")
    make.article(cities=[gone])

    page = editor.get(merge_page(kept, gone, into=kept.pk)).text
    assert "“Gary, IN” and “Gary, IL” are in different states." in page
    assert "Illinois" in page
    assert "Tick that they are the same" in send(editor, kept, gone).text
    assert City.objects.count() == 2
    send(editor, kept, gone, sure="on")
    assert City.objects.get() == kept
    assert not kept.aliases.exists()


def test_what_is_gone_cannot_be_merged(editor, ann):
    kept, gone, never = make.tag(), make.tag(), Tag(pk=10**9)
    merge(Tag, kept.pk, [gone.pk], ann)

    for keys in [[gone.pk], [never.pk], [kept.pk], []]:
        with pytest.raises(CannotMergeError):
            merge(Tag, kept.pk, keys, ann)
    response = send(editor, kept, gone)
    assert "Some of these are not there any more." in response.text
    assert Tag.objects.get() == kept


@pytest.mark.parametrize(
    "keys", ["", "1", "abc", "1,1,1", "9" * 30, ",,,", "\0", "1,2,x", "0,-1"]
)
def test_an_odd_address_is_no_error_page(editor, keys):
    make.tag()
    for choice in [{}, {"into": "x"}, {"into": "9" * 40}, {"add": "\0"}]:
        address = f"{TAGS}merge/"
        assert editor.get(address, {"keys": keys} | choice).status_code == 200
        assert editor.post(address, {"keys": keys} | choice).status_code == 200
    assert Tag.objects.count() == 1


def test_too_many_at_once_are_refused(editor):
    tags = [make.tag() for _ in range(21)]

    response = editor.get(merge_page(*tags), follow=True)
    assert messages_of(response) == ["At most 20 can be merged at once."]


# Who may


@pytest.mark.parametrize("role, may", [("Contributor", False), ("Editor", True)])
def test_editors_merge_and_contributors_do_not(client, role, may):
    client.force_login(make.staff(role))
    for in_use, _folder in KINDS:
        kept, gone = in_use("Kept"), in_use("Gone")
        assert client.get(merge_page(kept, gone)).status_code == (200 if may else 403)
        assert send(client, kept, gone).status_code == (200 if may else 403)
        assert type(kept).objects.filter(pk=gone.pk).exists() is not may
        page = client.get(f"{merge_page(kept).partition('merge/')[0]}").text
        assert ('value="merge"' in page) is may


def test_who_may_not_merge_may_not_undo(client, ann):
    kept, gone = make.tag(), make.tag()
    address = f"/admin/undo/{merge(Tag, kept.pk, [gone.pk], ann).pk}/"
    client.force_login(make.staff("Contributor"))

    assert client.get(address).status_code == 403
    assert client.post(address).status_code == 403
    assert "Undo …" not in client.get("/admin/changes/").text
    assert Tag.objects.get() == kept


def test_who_is_not_signed_in_is_asked_to(client, ann):
    kept, gone = make.tag(), make.tag()

    assert client.post(f"{TAGS}merge/").url.startswith("/admin/login/")
    revision = merge(Tag, kept.pk, [gone.pk], ann)
    assert client.post(f"/admin/undo/{revision.pk}/").url.startswith("/admin/login/")


# The page


def test_it_is_merged_from_the_list_and_undone_from_the_message(editor):
    kept, gone = make.tag("Kept"), make.tag("Gone & <b>")
    make.article(tags=[kept])
    make.article(tags=[kept, gone])
    before = dump()

    chosen = {"action": "merge", "_selected_action": [gone.pk, kept.pk]}
    response = editor.post(TAGS, chosen, follow=True)

    page = response.text
    assert "Merge into “Kept”" in page
    assert "Articles: <strong>1</strong>" in page
    assert "Gone &amp; &lt;b&gt;" in page
    assert "<b>” hands" not in page
    assert "/news/tags/gone-b/" in page
    response = send(editor, kept, gone)
    revision = Revision.objects.get(act=Act.MERGED)
    (message,) = messages_of(response)
    assert "One other record was changed with it." in message
    assert f'href="/admin/undo/{revision.pk}/">Undo</a>' in message
    page = editor.get(f"/admin/undo/{revision.pk}/").text
    assert "Articles: <strong>1</strong>, Tags: <strong>2</strong>" in page
    response = editor.post(f"/admin/undo/{revision.pk}/", follow=True)
    assert "3 records are as they were." in messages_of(response)[0]
    assert dump() == before
    assert "Undone by Ann Ames" in response.text
    assert "It was undone by Ann Ames" in editor.get(f"/admin/undo/{revision.pk}/").text


def test_the_other_one_may_stay(editor):
    used, unused = make.tag("Used"), make.tag("Unused")
    make.article(tags=[used])

    page = editor.get(merge_page(unused, used)).text
    assert "Merge into “Used”" in page
    other = merge_page(unused, used, into=unused.pk)
    assert f'href="{other.replace("&", "&amp;")}"' in page
    assert "Merge into “Unused”" in editor.get(other).text


def test_it_is_begun_from_a_form_with_a_search_box(editor):
    tag, other = make.tag("One"), make.tag("Other")

    assert f'href="{merge_page(tag)}"' in editor.get(f"{TAGS}{tag.pk}/change/").text
    page = editor.get(merge_page(tag)).text
    assert 'data-field-name="tag"' in page
    assert "Merge into" not in page
    response = editor.get(merge_page(tag, add=other.pk))
    assert response.url == merge_page(tag, other)


def test_what_is_in_use_offers_to_be_merged_where_it_would_be_deleted(editor, client):
    tag = make.tag()
    make.article(tags=[tag])

    assert f'href="{merge_page(tag)}"' in editor.get(f"{TAGS}{tag.pk}/delete/").text


def test_the_page_takes_the_queries_of_few_for_many(
    editor, django_assert_num_queries, django_assert_max_num_queries
):
    tags = [make.tag() for _ in range(2)]
    for _ in range(3):
        make.article(tags=tags)
    with django_assert_max_num_queries(30) as captured:
        editor.get(merge_page(*tags))
    for _ in range(27):
        make.article(tags=tags)
    with django_assert_num_queries(len(captured)):
        editor.get(merge_page(*tags))


# Undoing what was changed since


@pytest.fixture
def merged(ann):
    """Return a tag that stays, one that went, an article of that, and the act."""
    kept, gone = make.tag("Kept"), make.tag("Gone")
    article = make.article(tags=[gone])
    return kept, gone, article, merge(Tag, kept.pk, [gone.pk], ann)


def test_what_was_changed_since_stays_and_is_named(ann, merged):
    kept, gone, article, act = merged
    second = make.article(tags=[kept])
    article.tags.set([])

    undone = undo(act, ann)

    assert [(str(record), reason) for record, reason in undone.left] == [
        (article.title, "is not there any more")
    ]
    assert Tag.objects.filter(pk=gone.pk).exists()
    assert not article.tags.exists()
    assert list(second.tags.all()) == [kept]


def test_what_was_merged_on_is_undone_in_turn(editor, ann, merged):
    kept, gone, article, act = merged
    last = make.tag("Last")
    second = merge(Tag, last.pk, [kept.pk], ann)

    with pytest.raises(CannotUndoError, match="“Kept” was merged into “Last” since"):
        undo(act, ann)
    response = editor.post(f"/admin/undo/{act.pk}/", follow=True)
    assert "Undo that first." in messages_of(response)[0]
    undo(second, ann)
    undo(act, ann)
    assert list(article.tags.all()) == [gone]


def test_what_was_deleted_since_is_said(ann, merged):
    kept, _gone, article, act = merged
    article.delete()
    kept.delete()

    with pytest.raises(CannotUndoError, match="“Kept” was deleted since"):
        undo(act, ann)


def test_a_name_that_is_taken_since_is_said(ann, merged):
    kept, gone, _article, act = merged
    kept.aliases.all().delete()
    make.tag("GONE")

    with pytest.raises(CannotUndoError, match="“Gone” is a name of “GONE” now"):
        undo(act, ann)
    assert not Tag.objects.filter(pk=gone.pk).exists()


def test_an_address_that_is_taken_since_is_said(ann, merged):
    make.tag("Other", slug="gone")

    with pytest.raises(CannotUndoError, match="address of “Gone” belongs to “Other”"):
        undo(merged[-1], ann)


def test_another_name_that_was_changed_since_stays_and_is_named(ann, merged):
    kept, _gone, _article, act = merged
    kept.aliases.update(name="Gone long ago", key="gone long ago")

    undone = undo(act, ann)

    assert [alias.name for alias in kept.aliases.all()] == ["Gone long ago"]
    assert undone.left == [(kept, "other name “Gone long ago” was changed since")]


def test_an_act_is_undone_once(ann, merged):
    act = merged[-1]
    undo(act, ann)

    with pytest.raises(CannotUndoError, match="undone already, by Ann Ames"):
        undo(act, ann)


def test_what_came_into_use_since_is_not_merged_again_unasked(ann, merged):
    _kept, gone, _article, act = merged
    undone = undo(act, ann)
    make.article(tags=[gone])

    with pytest.raises(CannotUndoError, match="“Gone” is in use since"):
        undo(undone.revision, ann)


@pytest.mark.parametrize("address", ["/admin/undo/1/", f"/admin/undo/{'9' * 18}/"])
def test_what_never_was_an_act_is_not_found(editor, address):
    assert editor.get(address).status_code == 404
    assert editor.post(address).status_code == 404


def test_an_act_without_a_way_back_is_not_undone(editor, ann):
    editor.post(f"{TAGS}add/", {"name": "New"})
    for revision in Revision.objects.all():
        assert editor.post(f"/admin/undo/{revision.pk}/").status_code == 404
        with pytest.raises(CannotUndoError):
            undo(revision, ann)


# At the same moment


def clients_of(n):
    clients = [Client() for _ in range(n)]
    for client in clients:
        client.force_login(make.staff("Editor"))
    return clients


def test_of_several_who_merge_the_same_one_does(open_to_all):
    kept, gone = make.tag("Kept"), make.tag("Gone")
    article = make.article(tags=[gone])
    clients = clients_of(4)

    pages = at_once(*(lambda c=c: send(c, kept, gone).status_code for c in clients))

    assert pages == [200] * 4
    assert Revision.objects.filter(act=Act.MERGED).count() == 1
    assert list(article.tags.all()) == [kept]


def test_of_two_who_merge_crosswise_one_does(open_to_all):
    one, other = make.tag("One"), make.tag("Other")
    make.article(tags=[one, other])
    first, second = clients_of(2)

    at_once(
        lambda: send(first, one, other).status_code,
        lambda: send(second, other, one).status_code,
    )

    assert Tag.objects.count() == 1
    assert ArticleTag.objects.count() == 1


def test_who_saves_an_article_while_its_tag_is_merged_meets_no_error(open_to_all):
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


def test_of_two_who_undo_one_does(open_to_all):
    kept, gone = make.tag("Kept"), make.tag("Gone")
    before = dump()
    act = merge(Tag, kept.pk, [gone.pk], None)
    clients = clients_of(3)

    at_once(
        *(lambda c=c: c.post(f"/admin/undo/{act.pk}/").status_code for c in clients)
    )

    assert dump() == before
    assert Revision.objects.filter(act=Act.UNDONE).count() == 1
