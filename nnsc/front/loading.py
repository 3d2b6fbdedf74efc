"""The 2016 homepage, loaded once as the site's first content.

content/content.json holds the homepage in parts, with what published evaluations say
of each figure; content/homepage-2016.txt is the homepage as it stood.
"""

import json
from datetime import date
from pathlib import Path

from django.db import transaction

from impact.models import Citation, City, Metric, Program, Rating
from news.dates import Precision, date_text
from news.models import Article, Source
from nnsc.changes import changes_since, current_generation
from nnsc.history import record_changes
from nnsc.models import Act, LoadedItem, Revision, Tag
from nnsc.naming import fold
from nnsc.publishing import State
from principles.models import Principle

CONTENT = Path(__file__).parent / "content" / "content.json"

PROGRAM_KINDS = {
    "strategy": Program.Kind.STRATEGY,
    "local initiative": Program.Kind.LOCAL,
}
ARTICLE_KINDS = {
    "radio feature": Article.Kind.AUDIO,
    "wire story": Article.Kind.NEWS,
    "press release / local news": Article.Kind.PRESS_RELEASE,
    "feature": Article.Kind.FEATURE,
    "op-ed": Article.Kind.OP_ED,
    "news": Article.Kind.NEWS,
}
DIRECTIONS = {"reduction": Metric.Direction.FELL}
VERIFICATIONS = {
    "confirmed": Metric.Verification.CONFIRMED,
    "confirmed second-hand": Metric.Verification.SECOND_HAND,
    "unverified": Metric.Verification.UNVERIFIED,
}
DESIGNS = {
    None: "",
    "time-series analysis of five years of data": Metric.Design.TIME_SERIES,
    "one-group interrupted time series": Metric.Design.TIME_SERIES,
    "time-series analysis plus comparison of city trends": (
        Metric.Design.COMPARED_SERIES
    ),
    "quasi-experiment; growth-curve models with propensity scores": (
        Metric.Design.QUASI_EXPERIMENT
    ),
    "quasi-experiment; propensity-score matching": Metric.Design.QUASI_EXPERIMENT,
    "hierarchical growth-curve models plus resident interviews": Metric.Design.OTHER,
}


@transaction.atomic
def load_content() -> int:
    """Load the items that were never loaded before; return how many that were.

    What has been loaded once is the editors' own: changed, renamed or deleted, it is
    left as it is. All or nothing is loaded.
    """
    content = json.loads(CONTENT.read_text(encoding="utf-8"))
    loaded = set(LoadedItem.objects.values_list("key", flat=True))
    generation = current_generation()
    n_loaded = 0
    for key, load, item in items(content):
        if key not in loaded:
            load(item)
            LoadedItem.objects.create(key=key)
            n_loaded += 1
    # Not known beside a bulk change; then the history finds them at their next one.
    touched = changes_since(generation) or []
    record_changes(dict.fromkeys(touched), Revision.of(None, Act.LOADED))
    return n_loaded


def items(content):
    """Yield key, loader and item, in an order that lets each find what it points at."""
    for name in content["tags"]:
        yield f"tag/{name}", tag_named, name
    for item in content["cities"]:
        yield f"city/{item['name']}, {item['state']}", load_city, item
    for item in content["programs"]:
        yield f"program/{item['name']}", load_program, item
    for city in content["cities"]:
        for program in city["programs"]:
            key = f"program-city/{program} in {city['name']}, {city['state']}"
            yield key, load_program_city, (program, city)
    for item in content["principles"]:
        yield f"principle/{item['order']}", load_principle, item
    # The last first: of articles of one month, the one added last is shown first.
    for item in sorted(content["news"], key=lambda item: -item["order"]):
        yield f"news/{item['order']}", load_article, item
    for item in content["metrics"]:
        yield f"metric/{item['order']}", load_metric, item


def tag_named(name):
    return Tag.objects.get_or_create(key=fold(name), defaults={"name": name})[0]


def source_named(name):
    return Source.objects.get_or_create(key=fold(name), defaults={"name": name})[0]


def city_named(name, state, **details):
    return City.objects.get_or_create(
        key=fold(name), state=state, defaults={"name": name, **details}
    )[0]


def program_named(name, **details):
    return Program.objects.get_or_create(
        key=fold(name), defaults={"name": name, **details}
    )[0]


def load_city(item):
    city_named(
        item["name"],
        item["state"],
        latitude=item["lat"],
        longitude=item["lon"],
        basis=item["evidence"],
    )


def load_program(item):
    program = program_named(
        item["name"],
        kind=PROGRAM_KINDS[item["kind"]],
        description=item["description"],
        references="\n".join(item["source"].split(" ; ")),
        tag=Tag.objects.filter(key=fold(item["name"])).first(),
    )
    if item["city"]:
        program.cities.add(City.objects.get(key=fold(item["city"])))


def load_program_city(item):
    program, city = item
    program_named(program).cities.add(city_named(city["name"], city["state"]))


def load_principle(item):
    Principle.objects.create(
        title=item["title"],
        body=item["explanation"],
        position=item["order"],
        state=State.PUBLISHED,
    )


def load_article(item):
    text = item["text_fixed"] or item["text"]
    article = Article.objects.create(
        title=item["title_fixed"] or item["title"],
        source=source_named(item["source"]),
        source_url=item["url"] or "",
        dated=date(item["year"], item["month"], 1),
        dated_precision=Precision.MONTH,
        quote=text.removeprefix('"').removesuffix('"') if item["is_quote"] else "",
        summary="" if item["is_quote"] else text,
        byline=item["byline"] or "",
        kind=ARTICLE_KINDS[item["content_type"]],
        editor_note=item["editor_note"] or "",
        staff_note=paragraphs(day_note(item), item["url_note"], item["fix_note"]),
        state=State.PUBLISHED,
    )
    # The homepage's tag lines name cities of the network without their state.
    article.cities.set(City.objects.filter(key__in=map(fold, item["cities"])))
    article.tags.set(item["tags"])


def day_note(item) -> str | None:
    """The homepage gave months; a day that was found since is kept for staff."""
    if not item["published_on"]:
        return None
    day = date_text(date.fromisoformat(item["published_on"]), Precision.DAY)
    return f"Day found since: {day}."


def load_metric(item):
    published = item["value_low"] is not None
    readings = [other for other in item["other_readings"] if other["value"] is not None]
    leads = [other["what"] for other in item["other_readings"] if other not in readings]
    metric = Metric.objects.create(
        headline=item["source_line"].replace("Neighborhooods", "Neighborhoods"),
        direction=DIRECTIONS[item["direction"]],
        value_low=item["value_low"],
        value_high=item["value_high"],
        unit=item["unit"],
        interval_not_reported=published and item["confidence_interval"] is None,
        outcome=item["outcome"],
        scope=item["population_scope"],
        city=city_named(item["city"], item["state"]),
        city_inferred=item["city_basis"] == "inferred",
        program=program_named(item["program"]),
        year_from=item["start_year"],
        year_to=item["end_year"],
        years_note=item["years_note"],
        design=DESIGNS[item["study_design"]],
        design_details=item["study_design"] or "",
        comparison=item["comparison"] or "",
        citation=citation_of(item["citation"]) if item["citation"] else None,
        verification=VERIFICATIONS[item["value_status"]],
        verified_where=item["value_source"] or "",
        caveats="\n".join(item["caveats"]),
        other_readings="\n".join(
            f"{reading['value']}%: {reading['what']}" for reading in readings
        ),
        staff_note=paragraphs(item["fix_note"], *leads),
        listed_under_review=not published,
        position=item["order"],
        state=State.PUBLISHED if published else State.DRAFT,
    )
    for rating in item["evidence_rating"]:
        Rating.objects.create(
            metric=metric,
            body=rating["body"],
            rating=rating["rating"],
            dated=rating["date"],
            url=rating["url"],
        )


def citation_of(item):
    return Citation.objects.get_or_create(
        authors=item["authors"],
        year=item["year"],
        title=item["title"],
        defaults={
            "publication": item["journal"],
            "url": item["url"],
            "companion": item.get("companion_report", ""),
        },
    )[0]


def paragraphs(*texts: str | None) -> str:
    return "\n\n".join(filter(None, texts))
