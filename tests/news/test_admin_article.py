"""An article in the admin: how it is typed, refused, published and found again."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

import make
from news.models import Article
from nnsc.models import Tag
from nnsc.publishing import State
from reading import errors_of, hidden, messages_of, parse, text

ADD = "/admin/news/article/add/"
LIST = "/admin/news/article/"
ODD_TAGS = ["Swift, Certain, & Fair", 'say "hi", ok', "Group Violence Intervention"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def contributor(client):
    client.force_login(make.staff("Contributor"))
    return client


def typed(**fields):
    """Return what the browser sends of a form filled in as far as it must be."""
    return {"title": "A title", "kind": "news", "state": "draft"} | fields


def change(article):
    return f"/admin/news/article/{article.pk}/change/"


def retyped(article, **fields):
    """Return what the browser sends of the form of an article that is there."""
    return typed(
        title=article.title,
        source=article.source_id or "",
        date=article.date_text(),
        state=article.state,
        cities=[city.pk for city in article.cities.all()],
        tags=[tag.pk for tag in article.tags.all()],
        **fields,
    )


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


# Publishing


def test_what_is_missing_stands_beside_its_field(editor):
    response = editor.post(ADD, typed(state="published"))

    errors = errors_of(response)
    assert errors["source"] == ["A published article needs the outlet that ran it."]
    assert errors["date"] == ["A published article needs its month."]


def test_a_date_that_cannot_be_read_is_complained_of_once(editor):
    response = editor.post(ADD, typed(state="published", date="13/2016", title=""))

    assert [len(errors) for errors in errors_of(response).values()] == [1, 1, 1]


def test_an_editor_publishes_in_the_form(editor):
    source = make.source()
    fields = typed(state="published", date="2016-01", source=source.pk)

    assert editor.post(ADD, fields).status_code == 302
    assert Article.objects.live().count() == 1


def test_a_contributor_is_offered_draft_and_ready_alone(contributor):
    form = contributor.get(ADD).context["adminform"].form

    assert [value for value, _ in form.fields["state"].choices] == ["draft", "ready"]
    assert contributor.post(ADD, typed(state="ready")).status_code == 302


@pytest.mark.parametrize("state", ["published", "withdrawn"])
def test_a_contributor_cannot_publish_by_sending_the_state(contributor, state):
    fields = typed(state=state, date="2016-01", source=make.source().pk)
    assert "state" in errors_of(contributor.post(ADD, fields))

    contributor.post(ADD, typed())
    draft = Article.objects.get()
    fields = retyped(draft) | {"state": state}
    assert "state" in errors_of(contributor.post(change(draft), fields))
    assert not Article.objects.exclude(state=State.DRAFT).exists()


def test_a_contributor_changes_their_own_drafts_and_sees_those_of_others(contributor):
    contributor.post(ADD, typed(title="Mine"))
    mine = Article.objects.get()
    theirs = make.article(title="Theirs", state=State.DRAFT)

    assert contributor.post(change(mine), retyped(mine) | {"title": "New"}).url
    mine.refresh_from_db()
    assert mine.title == "New"
    page = contributor.get(change(theirs))
    assert "Theirs" in page.text
    assert 'name="title"' not in page.text
    assert contributor.post(change(theirs), retyped(theirs)).status_code == 403


def test_an_editor_changes_the_drafts_of_others(editor):
    writer = make.staff("Contributor")
    draft = make.article(state=State.DRAFT, added_by=writer)

    assert editor.post(change(draft), retyped(draft) | {"title": "Edited"}).url
    draft.refresh_from_db()
    assert (draft.title, draft.added_by) == ("Edited", writer)


@pytest.mark.parametrize("state", [State.PUBLISHED, State.WITHDRAWN])
def test_a_contributor_sees_a_published_article_and_cannot_change_it(
    contributor, state
):
    article = make.article(state=state, title="As published")

    page = contributor.get(change(article)).content.decode()
    assert "January 2016" in page
    assert 'name="title"' not in page
    fields = retyped(article) | {"title": "Changed", "state": "draft"}
    assert contributor.post(change(article), fields).status_code == 403
    article.refresh_from_db()
    assert (article.title, article.state) == ("As published", state)


def see(client, action, *articles, **more):
    """Choose an action, which shows what it would do where it is no deletion."""
    fields = {"action": action, "_selected_action": [a.pk for a in articles], **more}
    return client.post(LIST, fields, follow=True)


def act(client, action, *articles):
    fields = {"signed": hidden(see(client, action, *articles), "signed")}
    return client.post(f"{LIST}bulk/", fields, follow=True)


@pytest.mark.parametrize("action", ["publish", "withdraw", "back_to_draft"])
def test_a_contributor_has_no_action_that_publishes(contributor, action):
    article, draft = make.article(), make.article(state=State.DRAFT)
    act(contributor, action, article, draft)

    assert [article.state, draft.state] == list(
        Article.objects.order_by("pk").values_list("state", flat=True)
    )
    assert "Withdraw" not in contributor.get(LIST).content.decode().split("<tbody")[0]


def test_a_contributor_cannot_delete(contributor):
    article = make.article(state=State.DRAFT)
    address = f"/admin/news/article/{article.pk}/delete/"

    assert contributor.post(address, {"post": "yes"}).status_code == 403
    see(contributor, "delete_selected", article, post="yes")
    assert Article.objects.exists()


def test_many_are_published_at_once_and_the_unfit_are_named(editor):
    fit = [make.article(state=State.READY, goes_live_at=None) for _ in range(2)]
    unfit = make.article(state=State.READY, title="<i>Undated</i>", dated=None)
    page = see(editor, "publish", *fit, unfit).text
    assert "needs its month" in page
    assert change(unfit) in page
    assert "<i>Undated" not in page
    response = act(editor, "publish", *fit, unfit)

    assert Article.objects.live().count() == 2
    assert "2 were changed." in messages_of(response)[0]


def test_what_is_published_can_be_withdrawn_and_go_back_to_draft(editor):
    article, draft = make.article(), make.article(state=State.DRAFT)
    assert "never published" in see(editor, "withdraw", article, draft).text
    act(editor, "withdraw", article, draft)

    article.refresh_from_db()
    draft.refresh_from_db()
    assert (article.state, draft.state) == (State.WITHDRAWN, State.DRAFT)
    act(editor, "back_to_draft", article)
    article.refresh_from_db()
    assert article.state == State.DRAFT


def test_the_page_on_the_site_is_offered_once_it_is_live(editor):
    live = make.article()
    later = make.article(goes_live_at=timezone.now() + timedelta(days=1))

    assert "View on site" in editor.get(change(live)).content.decode()
    assert "View on site" not in editor.get(change(later)).content.decode()


def test_an_error_beside_an_emptied_address_is_shown(editor):
    article = make.article()
    address = article.get_absolute_url()
    for slug in ["", "other", "a b", "x" * 500]:
        response = editor.post(
            change(article), retyped(article, slug=slug) | {"title": ""}
        )

        assert "title" in errors_of(response)
        assert f'href="{address}"' in response.content.decode()


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


# The list


def test_the_list_takes_as_many_queries_for_thirty_articles_as_for_three(
    editor, django_assert_num_queries, django_assert_max_num_queries
):
    def more(n):
        for _ in range(n):
            make.article(
                cities=[make.city(), make.city()],
                tags=[make.tag(), make.tag()],
            )

    more(3)
    with django_assert_max_num_queries(20) as captured:
        editor.get(LIST)
    more(27)
    with django_assert_num_queries(len(captured)):
        editor.get(LIST)


def test_the_list_shows_months_and_when_an_article_goes_live(editor):
    make.article(
        title="Later", dated=date(2016, 1, 1), goes_live_at="2099-03-01T12:00:00Z"
    )

    page = editor.get(LIST).content.decode()
    assert "January 2016" in page
    assert "Goes live 03/01/2099" in page


def found(client, **choice):
    response = client.get(LIST, choice)
    assert response.status_code == 200, response
    return [article.title for article in response.context["cl"].result_list]


def test_articles_without_city_tag_or_link_are_listed(editor):
    whole = {"cities": [make.city()], "tags": ["A"], "source_url": "https://a.org"}
    make.article(title="Whole", **whole)
    make.article(
        title="No city", **whole | {"cities": [], "source_url": "https://b.org"}
    )
    make.article(title="No tag", **whole | {"tags": [], "source_url": "https://c.org"})
    make.article(title="No link", **whole | {"source_url": ""})

    assert found(editor, without="city") == ["No city"]
    assert found(editor, without="tag") == ["No tag"]
    assert found(editor, without="link") == ["No link"]
    assert len(found(editor, without="sense")) == 4


def test_the_list_is_narrowed_by_year_and_month_never_by_day(editor):
    make.article(title="January", dated=date(2016, 1, 1))
    make.article(title="March", dated=date(2016, 3, 9), dated_precision="day")
    make.article(title="Older", dated=date(2014, 1, 1))

    assert found(editor, dated="2016") == ["March", "January"]
    assert found(editor, dated="2016-01") == ["January"]
    page = editor.get(LIST, {"dated": "2016"}).content.decode()
    assert "March 2016" in page
    assert "January 1" not in page


def test_the_list_of_one_source_city_or_tag_names_it(editor):
    source, city, tag = make.source(), make.city(), make.tag()
    make.article(title="There", source=source, cities=[city], tags=[tag])
    make.article(title="Elsewhere")

    for name, record in [("source", source), ("cities", city), ("tags", tag)]:
        assert found(editor, **{name: record.pk}) == ["There"]
        page = editor.get(LIST, {name: record.pk}).content.decode()
        assert f">{record}</a>" in page


@pytest.mark.parametrize(
    "choice",
    [
        {"q": "\0"},
        {"q": "%_'\""},
        {"q": "x" * 5000},
        {"source": "abc"},
        {"tags": "9" * 40},
        {"cities": "\0"},
        {"dated": "2016-99"},
        {"dated": "0000"},
        {"p": "-1"},
        {"p": "abc"},
        {"o": "99"},
        {"nonsense": "1"},
        {"state__exact": "\0"},
    ],
)
def test_an_odd_address_of_the_list_is_no_error_page(editor, choice):
    make.article()

    response = editor.get(LIST, choice, follow=True)
    assert response.status_code == 200


def test_an_empty_list_says_what_to_do(editor):
    assert "No articles yet." in editor.get(LIST).content.decode()
    make.article()
    page = editor.get(LIST, {"q": "zzz"}).content.decode()
    assert "Nothing fits this search" in page


def test_a_deleted_article_goes_with_its_cities_and_tags(editor):
    city, tag = make.city(), make.tag()
    article = make.article(cities=[city], tags=[tag])

    editor.post(f"/admin/news/article/{article.pk}/delete/", {"post": "yes"})

    assert not Article.objects.exists()
    city.delete()
    tag.delete()


def test_a_list_counts_and_turns_no_more_pages_than_anyone_reads(editor, monkeypatch):
    monkeypatch.setattr("nnsc.staff.lists.N_COUNTED", 60)
    for _ in range(70):
        make.article()

    page = editor.get(LIST)
    assert "60 articles" in page.text
    assert "There are more than are listed here." in page.text
    assert editor.get(f"{LIST}?p=2").status_code == 200
    for article in Article.objects.all()[:10]:
        article.delete()
    assert "There are more" not in editor.get(LIST).text


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


@pytest.mark.parametrize("n_sorted", [0, 10_000])
def test_a_list_is_narrowed_to_what_articles_have_several_of(
    editor, monkeypatch, n_sorted
):
    monkeypatch.setattr("nnsc.staff.lists.N_SORTED", n_sorted)
    boston, trust = make.city("Boston"), make.tag("Trust")
    both = make.article(cities=[boston, make.city("Chicago")], tags=["Trust", "Youth"])
    make.article(cities=[boston])
    make.article(tags=["Trust"])

    page = editor.get(LIST, {"cities": boston.pk, "tags": trust.pk})

    assert list(page.context["cl"].result_list) == [both]
    assert page.context["cl"].result_count == 1


def test_what_has_very_many_articles_does_not_count_them_all(editor, monkeypatch):
    monkeypatch.setattr("nnsc.staff.lists.N_COUNTED", 2)
    make.tag("Unused")
    for _ in range(4):
        make.article(tags=["Trust"])
    make.article(tags=["Youth"])

    page = parse(editor.get("/admin/nnsc/tag/"))
    shown = [text(cell) for cell in page.iter() if is_count(cell)]
    assert shown == ["2+", "0", "1"]


def is_count(cell):
    return "field-articles" in cell.get("class", "").split()


def test_the_list_offers_the_years_and_months_that_there_are(editor):
    for day in [date(2016, 1, 1), date(2016, 12, 5), date(2014, 3, 1)]:
        make.article(dated=day, dated_precision="day")
    make.article(dated=None, state=State.DRAFT)

    page = editor.get(f"{LIST}?dated=2016").text

    assert all(f"?dated={value}" in page for value in ["2014", "2016-01", "2016-12"])
    assert "?dated=2015" not in page
    assert "?dated=2016-02" not in page


@pytest.mark.parametrize("n_by_id", [0, 10_000])
@pytest.mark.parametrize("kind", ["city", "tag", "link"])
def test_what_lacks_something_is_counted_and_listed(editor, monkeypatch, kind, n_by_id):
    monkeypatch.setattr("news.lacking.N_BY_ID", n_by_id)
    later = timezone.now() + timedelta(days=1)
    whole = {"cities": [make.city()], "tags": ["Trust"], "source_url": "https://x.org/"}
    part = {"city": {"cities": []}, "tag": {"tags": []}, "link": {"source_url": ""}}
    make.article(title="Whole", **whole)
    for title, fields in [
        ("Live", {}),
        ("Draft", {"state": State.DRAFT}),
        ("Scheduled", {"goes_live_at": later}),
    ]:
        url = {"source_url": f"https://x.org/{title}"}
        make.article(title=title, **whole | url | part[kind] | fields)

    page = editor.get(f"{LIST}?without={kind}")

    found = {article.title for article in page.context["cl"].result_list}
    assert found == {"Live", "Draft", "Scheduled"}
    desk = editor.get("/admin/").text
    assert f'<a href="{LIST}?without={kind}"><strong>3</strong>' in desk


@pytest.mark.parametrize(
    "typed,found",
    [
        ("fewer homicides", {"Live"}),
        ("homicide", {"Live", "Draft"}),
        ("draft homic", {"Draft"}),
        ("tomorrow", {"Scheduled"}),
        ("telephoned", {"Live"}),
        ("http://www.npr.org/a/?utm_source=x", {"Live"}),
        ("npr herald", set()),
        ("herald", {"Scheduled"}),
        ("%_'", set()),
    ],
)
def test_staff_find_what_is_public_what_is_not_and_their_notes(editor, typed, found):
    make.article(
        title="Live",
        summary="Fewer homicides",
        source_url="https://npr.org/a",
        staff_note="Telephoned them.",
        source=make.source(name="NPR"),
    )
    make.article(title="Draft", summary="Homicide", state=State.DRAFT)
    make.article(
        title="Scheduled",
        quote="tomorrow",
        goes_live_at=timezone.now() + timedelta(days=1),
        source=make.source(name="Herald"),
    )

    page = editor.get(LIST, {"q": typed})

    assert {article.title for article in page.context["cl"].result_list} == found
