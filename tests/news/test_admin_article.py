"""An article in the admin: how it is typed, refused and begun."""

from datetime import date

import pytest

import make
from filling import ADD, LIST, change, retyped, typed
from news.models import Article
from nnsc.models import Tag
from nnsc.publishing import State
from reading import errors_of

pytestmark = pytest.mark.django_db

ODD_TAGS = ["Swift, Certain, & Fair", 'say "hi", ok', "Group Violence Intervention"]


# The date, in one box


@pytest.mark.parametrize(
    "text, dated, precision",
    [
        ("Jan 2016", date(2016, 1, 1), "month"),
        ("January 2016", date(2016, 1, 1), "month"),
        ("2016-01", date(2016, 1, 1), "month"),
        ("1/2016", date(2016, 1, 1), "month"),
        ("January 5, 2016", date(2016, 1, 5), "day"),
        ("2016-01-05", date(2016, 1, 5), "day"),
        ("", None, "month"),
    ],
)
def test_a_date_is_kept_as_precisely_as_it_is_typed(editor, text, dated, precision):
    assert editor.post(ADD, typed(date=text)).status_code == 302

    article = Article.objects.get()
    assert (article.dated, article.dated_precision) == (dated, precision)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("13/2016", "There is no month “13”."),
        ("Smarch 2016", "There is no month “smarch”."),
        ("February 30, 2016", "has no day 30"),
        ("soon", "“soon” is not a date we understand."),
        ("<b>", "“<b>” is not a date we understand."),
        ("x" * 50, "at most 40 characters"),
    ],
)
def test_a_date_nobody_can_mean_is_refused_beside_its_box(editor, text, sentence):
    response = editor.post(ADD, typed(title="Kept as typed", date=text))

    assert sentence in " ".join(errors_of(response)["date"])
    assert "Kept as typed" in response.content.decode()
    assert "<b>” is not" not in response.content.decode()
    assert not Article.objects.exists()


def test_a_known_date_stands_in_its_box_again(editor):
    by_month = make.article(dated=date(2016, 1, 1))
    by_day = make.article(dated=date(2016, 1, 5), dated_precision="day")

    assert 'value="January 2016"' in editor.get(change(by_month)).content.decode()
    assert 'value="January 5, 2016"' in editor.get(change(by_day)).content.decode()


def test_a_date_can_be_taken_away_from_a_draft(editor):
    article = make.article(state=State.DRAFT)

    editor.post(change(article), retyped(article) | {"date": ""})

    article.refresh_from_db()
    assert article.dated is None


# Cities and tags


def test_tags_with_commas_and_quotes_survive_two_saves(editor):
    cities = [make.city("Chicago", state="IL"), make.city("Gary", state="IN")]
    tags = [make.tag(name) for name in ODD_TAGS]
    chosen = {"cities": [c.pk for c in cities], "tags": [t.pk for t in tags]}
    editor.post(ADD, typed(**chosen))

    article = Article.objects.get()
    for _ in range(2):
        assert set(article.tags.all()) == set(tags)
        assert set(article.cities.all()) == set(cities)
        assert editor.post(change(article), retyped(article)).status_code == 302
    assert sorted(Tag.objects.values_list("name", flat=True)) == sorted(ODD_TAGS)


def test_a_chosen_tag_and_city_can_be_taken_away_alone(editor):
    kept, gone = make.tag(ODD_TAGS[0]), make.tag(ODD_TAGS[1])
    city = make.city()
    article = make.article(tags=[kept, gone], cities=[city])

    editor.post(change(article), retyped(article) | {"tags": [kept.pk], "cities": []})

    assert list(article.tags.all()) == [kept]
    assert list(article.cities.all()) == []


@pytest.mark.parametrize("key", ["abc", "0", "9" * 40, "1,2", "\0", "Swift, Certain"])
def test_a_tag_or_source_that_is_none_is_refused(editor, key):
    for field in ("tags", "cities", "source"):
        response = editor.post(ADD, typed(**{field: key}))

        assert field in errors_of(response)
    assert not Tag.objects.exists()


def test_a_form_holds_what_is_chosen_and_no_list_of_all(editor):
    article = make.article(tags=[make.tag("Chosen")])
    for n in range(5):
        make.tag(f"Other {n}")
        make.source(name=f"Elsewhere {n}")

    page = editor.get(change(article)).content.decode()

    assert "Chosen" in page
    assert "Other 1" not in page
    assert "Elsewhere 1" not in page


def search(client, field, term):
    response = client.get(
        "/admin/autocomplete/",
        {
            "app_label": "news",
            "model_name": "article",
            "field_name": field,
            "term": term,
        },
    )
    assert response.status_code == 200
    return [result["text"] for result in response.json()["results"]]


def test_the_search_box_finds_names_however_they_are_typed(contributor):
    tag = make.tag("Swift, Certain, & Fair")
    tag.aliases.create(name="HOPE Probation")
    source = make.source(name="NPR")
    source.aliases.create(name="National Public Radio")
    make.city("Chicago", state="IL")
    make.city("Wraz'n", state="OH")

    assert search(contributor, "tags", "swift certain and") == [tag.name]
    assert search(contributor, "tags", "hope") == [tag.name]
    assert search(contributor, "source", "public radio") == ["NPR"]
    assert search(contributor, "cities", "chicago, il") == ["Chicago, IL"]
    assert search(contributor, "cities", "WRAZN") == ["Wraz'n, OH"]
    assert search(contributor, "cities", "\0chic%_'\"") == ["Chicago, IL"]
    assert len(search(contributor, "tags", "")) == 1


# One article once


def test_an_address_that_is_here_already_leads_to_its_article(editor):
    first = make.article(
        title="<script>Fewer</script> & fewer", source_url="https://npr.org/a"
    )
    url = "http://www.npr.org/a/?utm_source=x"
    response = editor.post(ADD, typed(source_url=url, title="Typed"))

    assert list(errors_of(response)) == ["source_url"]
    page = response.content.decode()
    assert f'href="{change(first)}"' in page
    assert "&lt;script&gt;Fewer&lt;/script&gt; &amp; fewer" in page
    assert "<script>Fewer" not in page
    assert 'value="Typed"' in page


def test_an_address_saved_by_another_at_the_same_moment_is_no_error_page(
    editor, monkeypatch
):
    make.article(title="The other’s", source_url="https://npr.org/a")
    look, answers = Article.twin, iter([None, None])
    monkeypatch.setattr(Article, "twin", lambda self: next(answers, look(self)))
    response = editor.post(ADD, typed(source_url="https://npr.org/a", title="Mine"))

    assert "The other’s" in errors_of(response)["source_url"][0]
    assert 'value="Mine"' in response.content.decode()
    assert Article.objects.count() == 1


def test_what_only_the_database_refuses_is_still_no_error_page(editor, monkeypatch):
    make.article(source_url="https://npr.org/a")
    monkeypatch.setattr(Article, "twin", lambda self: None)
    response = editor.post(ADD, typed(source_url="https://npr.org/a", title="Mine"))

    assert "could not be saved" in errors_of(response)["__all__"][0]
    assert 'value="Mine"' in response.content.decode()


# One after the other


def test_the_next_article_begins_with_the_same_source_date_cities_and_tags(editor):
    source, city = make.source(), make.city()
    tags = [make.tag(name) for name in ODD_TAGS]
    fields = typed(
        source=source.pk,
        date="Jan 2016",
        cities=[city.pk],
        tags=[tag.pk for tag in tags],
        _addanother="1",
    )
    response = editor.post(ADD, fields, follow=True)

    form = response.context["adminform"].form
    assert form["title"].value() is None
    page = response.content.decode()
    assert 'value="January 2016"' in page
    for chosen in [source, city, *tags]:
        assert f'<option value="{chosen.pk}" selected>' in page


@pytest.mark.parametrize("key", ["abc", "1,,x", "9" * 30, "\0"])
def test_an_address_with_odd_choices_opens_an_empty_form(editor, key):
    fields = {"source": key, "tags": key, "cities": key, "date": key}

    assert editor.get(ADD, fields).status_code == 200


# Hostile text


@pytest.mark.parametrize(
    "text",
    [
        "NUL \0 in it",
        "x" * 1_000_000,
        "\u202eright to left\u202c \U0001f468\u200d\U0001f469 Ｆｕｌｌ Z̴a̴l̴g̴o̴",
        "'; DROP TABLE news_article; -- <script>alert(1)</script> {{ 7*7 }} %s %(a)s",
    ],
)
@pytest.mark.parametrize(
    "field",
    [
        "title",
        "source_url",
        "byline",
        "date",
        "quote",
        "summary",
        "staff_note",
        "slug",
        "kind",
        "state",
        "goes_live_at",
        "tags",
    ],
)
def test_hostile_text_is_kept_word_for_word_or_refused(editor, field, text):
    response = editor.post(ADD, typed(**{field: text}))

    if response.status_code == 302:
        assert getattr(Article.objects.get(), field) == text
        assert editor.get(LIST).status_code == 200
    else:
        assert list(errors_of(response)) == [field]
        assert "<script>alert" not in response.content.decode()


def test_a_deleted_article_goes_with_its_cities_and_tags(editor):
    city, tag = make.city(), make.tag()
    article = make.article(cities=[city], tags=[tag])

    editor.post(f"/admin/news/article/{article.pk}/delete/", {"post": "yes"})

    assert not Article.objects.exists()
    city.delete()
    tag.delete()


@pytest.mark.parametrize(
    "domains, link, is_found",
    [
        ("npr.org", "https://www.npr.org/sections/x", True),
        ("https://www.npr.org/", "http://text.npr.org/y", True),
        ("kqed.org\nnpr.org", "npr.org/z", True),
        ("npr.org", "https://notnpr.org/x", False),
        ("[odd", "https://npr.org/x", False),
        ("", "https://m.beside.org/other", True),
        ("", "https://nobody.org/x", False),
    ],
)
def test_the_source_of_a_link_is_filled_in(editor, domains, link, is_found):
    source = make.source(domains=domains)
    make.article(source=source, source_url="https://beside.org/story")
    make.article(source=None, source_url="https://beside.org/lone", state=State.DRAFT)

    page = editor.get(ADD, {"source_url": link}, follow=True)

    filled = page.context["adminform"].form["source"].value()
    assert (filled == str(source.pk)) == is_found


def test_the_source_that_comes_along_stays(editor):
    npr, other = make.source(domains="npr.org"), make.source()
    begun = {"source_url": "https://npr.org/x", "source": other.pk}

    page = editor.get(ADD, begun, follow=True)

    assert page.context["adminform"].form["source"].value() == str(other.pk) != npr.pk
