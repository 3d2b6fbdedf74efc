"""Cities, programs and figures in the API."""

from datetime import date

from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from impact.facets import evidence_of, figures_of
from impact.models import City, Metric, Program
from impact.tables import METRIC
from nnsc.api import MISSING, REFUSED, Listing, PageParameters, by_slug, page_of
from nnsc.outputs import absolute

router = Router(tags=["impact"])


class Place(Schema):
    """A city, or a program, as others name it."""

    name: str
    slug: str
    url: str

    @staticmethod
    def resolve_name(record):
        return str(record)

    @staticmethod
    def resolve_url(record):
        return absolute(record.get_absolute_url())


class CityOut(Schema):
    id: int
    url: str = Field(description="Its page here.")
    name: str
    state: str = Field(description="Two letters: IL.")
    kind: str = Field(description="city, county or region.")
    slug: str
    latitude: float | None
    longitude: float | None
    description: str

    @staticmethod
    def resolve_url(city):
        return absolute(city.get_absolute_url())


class ProgramOut(Schema):
    id: int
    url: str = Field(description="Its page here.")
    name: str
    kind: str = Field(description="strategy or local.")
    slug: str
    cities: list[Place]
    tag: str | None = Field(description="The slug of the tag of news about it.")
    description: str
    references: list[str] = Field(description="Where the description's facts are from.")

    @staticmethod
    def resolve_url(program):
        return absolute(program.get_absolute_url())

    @staticmethod
    def resolve_tag(program):
        return program.tag.slug if program.tag else None

    @staticmethod
    def resolve_references(program):
        return program.reference_list()


class CitationOut(Schema):
    authors: str
    year: int
    title: str
    publication: str
    url: str
    companion: str = Field(description="A fuller report of the same study.")


class RatingOut(Schema):
    body: str = Field(description="Who rates the study.")
    rating: str
    dated: date | None
    url: str


class MetricOut(Schema):
    """One outcome with its figure.

    Under review it has its headline, city and program, and nothing else: every field
    that could hold a number is null.
    """

    id: int
    url: str = Field(description="Its page here.")
    status: str = Field(description="published or under_review.")
    headline: str
    city: Place | None
    program: Place | None
    sentence: str | None
    direction: str | None = Field(description="fell, rose or unchanged.")
    value_low: float | None = Field(description="Without a sign; see direction.")
    value_high: float | None = Field(description="The same as value_low, or a range.")
    unit: str | None = Field(description="percent or count.")
    interval_low: float | None
    interval_high: float | None
    interval_not_reported: bool | None
    outcome: str | None = Field(description="What was counted.")
    scope: str | None
    city_inferred: bool | None
    year_from: int | None
    year_to: int | None
    years_not_stated: bool | None
    years_note: str | None
    design: str | None
    design_details: str | None
    comparison: str | None
    citation: CitationOut | None
    verification: str | None = Field(description="confirmed or second_hand.")
    verified_where: str | None
    verified_on: date | None
    caveats: list[str] | None
    other_readings: list[str] | None
    ratings: list[RatingOut] | None


class MetricParameters(PageParameters):
    """Values of one parameter widen each other, parameters narrow each other."""

    city: list[str] = Field([], description="Slugs of cities: `boston`.")
    program: list[str] = Field([], description="Slugs of programs: `ceasefire`.")
    outcome: list[str] = Field([], description="Slugs of outcomes: `gun-homicide`.")
    design: list[str] = Field([], description="Study designs: `time_series`.")


def metric_out(metric: Metric) -> dict:
    """Return a metric from for_evidence() as its table has it, field by field."""
    said = {name: value_of(metric) for name, value_of in METRIC.items()}
    del said["citation_url"]
    return said


def told(metric: Metric) -> dict:
    """Return a metric from for_evidence() as JSON tells of it."""
    return MetricOut.from_orm(metric_out(metric)).model_dump(mode="json")


@router.get("/cities", response={200: Listing[CityOut], **REFUSED}, url_name="cities")
def city_list(request, parameters: Query[PageParameters]):
    """The cities of the network, by name."""
    return page_of(request, City.objects.all(), ["name", "state", "id"], parameters)


@router.get("/cities/{slug:slug}", response={200: CityOut, **MISSING})
def city(request, slug: str):
    """One city."""
    return by_slug(City.objects.all(), slug)


@router.get(
    "/programs", response={200: Listing[ProgramOut], **REFUSED}, url_name="programs"
)
def program_list(request, parameters: Query[PageParameters]):
    """Strategies and local initiatives, by name."""
    return page_of(request, programs(), ["name", "id"], parameters)


@router.get("/programs/{slug:slug}", response={200: ProgramOut, **MISSING})
def program(request, slug: str):
    """One program."""
    return by_slug(programs(), slug)


def programs():
    return Program.objects.select_related("tag").prefetch_related("cities")


@router.get(
    "/metrics", response={200: Listing[MetricOut], **REFUSED}, url_name="metrics"
)
def metric_list(request, parameters: Query[MetricParameters]):
    """The figures that were measured, and those under review, in the site's order."""
    metrics = evidence_of(figures_of(request.GET, *PageParameters.model_fields))
    page = page_of(request, metrics, ["position", "id"], parameters)
    return page | {"items": [metric_out(metric) for metric in page["items"]]}


@router.get("/metrics/{int:id}", response={200: MetricOut, **MISSING})
def metric(request, id: int):
    """One figure."""
    return metric_out(get_object_or_404(Metric.objects.shown().for_evidence(), pk=id))
