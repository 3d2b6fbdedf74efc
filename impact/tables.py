"""Cities, programs and figures as tables."""

from impact.models import City, Program
from nnsc.outputs import absolute, output, refuse_others
from nnsc.tables import CHUNK_SIZE, Columns, csv_response, fields

CITY = {
    **fields("id"),
    "url": lambda city: absolute(city.get_absolute_url()),
    **fields("name", "state", "kind", "slug", "latitude", "longitude", "description"),
}
PROGRAM = {
    **fields("id"),
    "url": lambda program: absolute(program.get_absolute_url()),
    **fields("name", "kind", "slug"),
    "cities": lambda program: list(program.cities.all()),
    **fields("tag", "description"),
    "references": lambda program: program.reference_list(),
}


def when_live(columns: Columns) -> Columns:
    """Return columns that stay empty for a figure under review.

    It has drafts of values, years and caveats that no reader may take for a result.
    """
    return {name: _when_live(value_of) for name, value_of in columns.items()}


def _when_live(value_of):
    return lambda metric: value_of(metric) if metric.is_live else None


METRIC = {
    **fields("id"),
    "url": lambda metric: absolute(metric.get_absolute_url()),
    "status": lambda metric: "published" if metric.is_live else "under_review",
    **fields("headline", "city", "program"),
    **when_live(
        {
            "sentence": lambda metric: metric.sentence(),
            **fields(
                "direction",
                "value_low",
                "value_high",
                "unit",
                "interval_low",
                "interval_high",
                "interval_not_reported",
                "outcome",
                "scope",
                "city_inferred",
                "year_from",
                "year_to",
                "years_not_stated",
                "years_note",
                "design",
                "design_details",
                "comparison",
                "citation",
            ),
            "citation_url": lambda metric: metric.citation.url,
            **fields("verification", "verified_where", "verified_on"),
            "caveats": lambda metric: metric.caveat_list(),
            "other_readings": lambda metric: metric.other_reading_list(),
            "ratings": lambda metric: list(metric.ratings.all()),
        }
    ),
}


@output
def city_csv(request):
    refuse_others(request.GET, [])
    return csv_response("cities", CITY, City.objects.iterator(CHUNK_SIZE))


@output
def program_csv(request):
    refuse_others(request.GET, [])
    programs = Program.objects.select_related("tag").prefetch_related("cities")
    return csv_response("programs", PROGRAM, programs.iterator(CHUNK_SIZE))
