"""Figures, studies and places as machines read them."""

from django.urls import reverse
from django.utils.translation import gettext as _

from impact.models import Citation, City, Metric
from nnsc.outputs import absolute, license_url
from nnsc.structured import breadcrumbs, the_organization

PLACES = {
    City.Kind.CITY: "City",
    City.Kind.COUNTY: "AdministrativeArea",
    City.Kind.REGION: "Place",
}

MEDIA_TYPES = [
    ("text/csv", "csv"),
    ("application/json", "json"),
    ("application/zip", "zip"),
]


def place(city: City) -> dict:
    url = absolute(city.get_absolute_url())
    return {
        "@type": PLACES[City.Kind(city.kind)],
        "@id": f"{url}#place",
        "name": city.name,
        "url": url,
        "containedInPlace": {
            "@type": "State",
            "name": city.get_state_display(),
            "containedInPlace": {"@type": "Country", "name": "United States"},
        },
    }


def city_page(city: City) -> list[dict]:
    geo = None
    if city.latitude is not None and city.longitude is not None:
        geo = {
            "@type": "GeoCoordinates",
            "latitude": float(city.latitude),
            "longitude": float(city.longitude),
        }
    crumbs = breadcrumbs(
        (_("Cities"), reverse("city_list")), (str(city), city.get_absolute_url())
    )
    return [place(city) | {"description": city.description, "geo": geo}, crumbs]


def dataset(metrics: list[Metric]) -> dict:
    """The published figures; those under review are no data."""
    url = absolute(reverse("impact"))
    return {
        "@type": "Dataset",
        "@id": dataset_id(),
        "url": url,
        "name": _("What evaluations measured in cities of the network"),
        "description": _(
            "Changes in violence that published evaluations measured, each with its "
            "study, its comparison, the interval it reports and its caveats."
        ),
        "isAccessibleForFree": True,
        "license": license_url(),
        "creator": the_organization(),
        "dateModified": max(
            (metric.changed_at().isoformat() for metric in metrics), default=None
        ),
        "distribution": [
            download(media_type, reverse("figures", args=[form]))
            for media_type, form in MEDIA_TYPES
        ],
        "citation": [
            study(citation)
            for citation in {m.citation_id: m.citation for m in metrics}.values()
        ],
        "mainEntity": [observation(metric) for metric in metrics],
    }


def metric_page(metric: Metric) -> list[dict]:
    """A figure, live or under review; under review it is no data."""
    path = metric.get_absolute_url()
    name = metric.sentence() if metric.is_live else metric.headline
    crumbs = breadcrumbs((_("Impact"), reverse("impact")), (name, path))
    return [figure_dataset(metric), crumbs] if metric.is_live else [crumbs]


def figure_dataset(metric: Metric) -> dict:
    url = absolute(metric.get_absolute_url())
    return {
        "@type": "Dataset",
        "@id": f"{url}#dataset",
        "url": url,
        "name": metric.sentence(),
        "description": _("%(association)s The study: %(study)s")
        % {"association": metric.association(), "study": metric.citation},
        "isAccessibleForFree": True,
        "license": license_url(),
        "creator": the_organization(),
        "dateModified": metric.changed_at().isoformat(),
        "isPartOf": {"@id": dataset_id()},
        "temporalCoverage": period(metric),
        "spatialCoverage": place(metric.city) if metric.city else None,
        "variableMeasured": metric.outcome,
        "measurementTechnique": metric.get_design_display(),
        "citation": study(metric.citation),
        "mainEntity": observation(metric),
        "distribution": [
            download(media_type, reverse("figure", args=[metric.pk, form]))
            for media_type, form in MEDIA_TYPES
        ],
    }


def dataset_id() -> str:
    return absolute(f"{reverse('impact')}#dataset")


def download(media_type: str, path: str) -> dict:
    return {
        "@type": "DataDownload",
        "encodingFormat": media_type,
        "contentUrl": absolute(path),
    }


def observation(metric: Metric) -> dict:
    """Return a live metric; what an Observation rests on is its subjectOf.

    Its numbers have no sign, as on the page; measuredProperty says what fell or rose.
    """
    is_range = metric.value_low != metric.value_high
    return {
        "@type": "Observation",
        "@id": absolute(f"{metric.get_absolute_url()}#observation"),
        "url": absolute(metric.get_absolute_url()),
        "name": metric.sentence(),
        "description": metric.association(),
        "measuredProperty": {"@type": "Property", "name": metric.property_text()},
        "value": None if is_range else float(metric.value_low),
        "minValue": float(metric.value_low) if is_range else None,
        "maxValue": float(metric.value_high) if is_range else None,
        "unitText": metric.get_unit_display(),
        "marginOfError": interval(metric),
        "observationAbout": place(metric.city) if metric.city else None,
        "observationPeriod": period(metric),
        "measurementTechnique": metric.get_design_display(),
        "subjectOf": {"@id": study_id(metric.citation)},
    }


def interval(metric: Metric) -> dict | None:
    if metric.interval_low is None:
        return None
    return {
        "@type": "QuantitativeValue",
        "minValue": float(metric.interval_low),
        "maxValue": float(metric.interval_high),
        "unitText": metric.get_unit_display(),
    }


def period(metric: Metric) -> str | None:
    """Return "1996/2000"; "2008/.." is from 2008 on, None where nobody says."""
    if metric.year_from is None:
        return None
    return f"{metric.year_from}/{metric.year_to or '..'}"


def study(citation: Citation) -> dict:
    return {
        "@type": "ScholarlyArticle",
        "@id": study_id(citation),
        "name": citation.title,
        "author": citation.authors,
        "datePublished": str(citation.year),
        "isPartOf": {"@type": "CreativeWork", "name": citation.publication}
        if citation.publication
        else None,
        "url": citation.url,
    }


def study_id(citation: Citation) -> str:
    return absolute(f"{reverse('impact')}#study-{citation.pk}")
