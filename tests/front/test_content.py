"""The 2016 homepage, whole, on the site."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

import impact.models
import make
from impact.models import City, Metric, Program
from news.models import Article
from nnsc.front.loading import CONTENT, load_content
from nnsc.models import Tag
from nnsc.publishing import State
from principles.models import Principle
from reading import main, titles

pytestmark = pytest.mark.django_db
HOMEPAGE = CONTENT.with_name("homepage-2016.txt")


@pytest.fixture
def content():
    load_content()
    return json.loads(Path(CONTENT).read_text(encoding="utf-8"))


def squeezed(text: str) -> str:
    """Return text without what typography changes: spaces and forms of quotes."""
    for quote in "“”\"'’‘":
        text = text.replace(quote, "")
    return re.sub(r"\s+", "", text)


def test_all_of_it_is_there(content):
    assert Principle.objects.live().count() == 6
    assert Article.objects.live().count() == 6
    assert City.objects.count() == 28
    assert Program.objects.count() == 22
    assert Tag.objects.count() == 9
    assert Metric.objects.live().count() == 5
    assert Metric.objects.under_review().count() == 4


def test_every_line_of_the_homepage_can_be_read_on_the_site(client, content):
    addresses = ["/", "/impact/", "/principles/", "/about/", "/news/"]
    addresses += [article.get_absolute_url() for article in Article.objects.all()]
    site = squeezed(" ".join(main(client.get(address)) for address in addresses))
    # The typos of the homepage that content.json corrects, and lines run together.
    fixes = {
        "it serves.The": "it serves.\nThe",
        "Supression": "Suppression",
        "HauppaugeF.A.S.T": "Hauppauge. F.A.S.T",
        "Neighborhooods": "Neighborhoods",
        "InterventionSwift": "Intervention\nSwift",
        "strategicallyNews": "strategically\nNews",
        "  |  ": "\n",
        "Tags: ": "",
        "•": "",
    }
    homepage = HOMEPAGE.read_text(encoding="utf-8")
    for typo, fix in fixes.items():
        homepage = homepage.replace(typo, fix)
    for name in sorted([*content["tags"], "Chicago", "New Haven", "Stockton"], key=len):
        homepage = homepage.replace(f"{name} Group Violence", f"{name}\nGroup Violence")
        homepage = homepage.replace(f"Intervention {name}", f"Intervention\n{name}")
    lines = [squeezed(line) for line in homepage.splitlines()]

    missing = [line for line in lines if line and line not in site]

    assert missing == []
    assert len(lines) > 60


def test_an_article_has_its_source_month_cities_tags_and_address(content):
    for item in content["news"]:
        article = Article.objects.get(title=item["title_fixed"] or item["title"])
        assert article.source.name == item["source"]
        assert article.date_value() == f"{item['year']}-{item['month']:02}"
        assert [city.name for city in article.cities.all()] == item["cities"]
        assert [tag.name for tag in article.tags.all()] == item["tags"]
        assert article.source_url == (item["url"] or "")
        assert bool(article.quote) is item["is_quote"]
        assert bool(article.summary) is not item["is_quote"]


def test_articles_stand_in_the_order_of_the_homepage(client, content):
    assert titles(client.get("/")) == [
        item["title_fixed"] or item["title"] for item in content["news"]
    ]


def test_a_figure_has_the_value_and_the_evidence_of_its_source(content):
    for item, metric in zip(content["metrics"], Metric.objects.all(), strict=True):
        assert metric.value_low == item["value_low"]
        assert metric.value_high == item["value_high"]
        assert (metric.state == State.PUBLISHED) is (item["value_low"] is not None)
        assert (metric.city.name, metric.city.state) == (item["city"], item["state"])
        assert metric.program.name == item["program"]
        assert (metric.year_from, metric.year_to) == (
            item["start_year"],
            item["end_year"],
        )
        assert metric.caveat_list() == item["caveats"]
        assert [rating.rating for rating in metric.ratings.all()] == [
            rating["rating"] for rating in item["evidence_rating"]
        ]
        if item["citation"]:
            assert metric.citation.title == item["citation"]["title"]
        metric.full_clean()


def test_no_figure_without_a_confirmed_value_shows_a_number(client, content):
    for metric in Metric.objects.under_review():
        words = main(client.get(metric.city.get_absolute_url()))
        review = words[words.index("Figures under review") : words.index("Programs")]
        assert metric.headline in review
        assert re.findall(r"\d", review.replace("all 4 neighborhoods", "")) == []


def test_every_percentage_on_home_is_one_of_the_five(client, content):
    live = {metric.value_text() for metric in Metric.objects.live()}
    said_by_others = {"96%"}  # stop and frisks, in the summary of the op-ed

    found = set(re.findall(r"[\d.]+%", main(client.get("/"))))

    assert found == live | said_by_others


def test_loading_again_changes_nothing():
    assert load_content() > 0
    before = dump()

    assert load_content() == 0
    assert dump() == before


def test_what_an_editor_changed_renamed_or_deleted_stays_so(content):
    Article.objects.filter(source__name="NPR").update(title="Another title")
    Article.objects.get(source__name="CBS News").delete()
    Tag.objects.filter(name="Reconciliation").update(name="Repair", key="repair")
    Principle.objects.first().delete()
    impact.models.Rating.objects.all().delete()
    before = dump()

    load_content()

    assert dump() == before


def test_a_name_that_staff_entered_before_is_used(client):
    tag = make.tag("swift certain and fair")

    load_content()

    article = Article.objects.get(title="The NYPD: Winning the war on crime")
    assert tag in article.tags.all()


def test_all_or_nothing_is_loaded(monkeypatch):
    def broken(**fields):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("nnsc.front.loading.Rating.objects.create", broken)

    with pytest.raises(RuntimeError):
        load_content()

    assert not City.objects.exists()


def dump() -> str:
    path = Path(settings.MEDIA_ROOT).with_name("dump.json")
    labels = ["nnsc", "news", "impact", "principles"]
    call_command("dumpdata", *labels, output=str(path), verbosity=0)
    return path.read_text(encoding="utf-8")
