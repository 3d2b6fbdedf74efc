"""The list of articles in the admin: narrowed, counted, searched."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

import make
from filling import LIST
from news.models import Article
from nnsc.publishing import State
from reading import parse, text

pytestmark = pytest.mark.django_db


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
