"""Figures as an archive: the table, what its columns mean, and how to use it fairly.

The same figures make the same bytes, on every day and machine of one release.
"""

import io
import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from impact.api import told
from impact.citing import apa, bibtex, ris, works
from impact.models import Metric
from impact.tables import METRIC
from nnsc.outputs import absolute, license_url
from nnsc.tables import csv_chunks
from nnsc.texts import current_texts

LINE_LENGTH = 78
# The first moment that the format knows: a later one would change from day to day.
NO_MOMENT = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644 << 16

# What each column of the table is, as the Table Schema names types, and in a sentence.
COLUMNS = {
    "id": ("integer", gettext_lazy("Its number here, which never changes.")),
    "url": ("string", gettext_lazy("Its page here.")),
    "status": (
        "string",
        gettext_lazy("published, or under_review: then it has no number."),
    ),
    "headline": ("string", gettext_lazy("The network’s own line for it.")),
    "city": ("string", gettext_lazy("Where it was measured.")),
    "program": ("string", gettext_lazy("What was done there.")),
    "sentence": ("string", gettext_lazy("The figure in a sentence.")),
    "direction": ("string", gettext_lazy("fell, rose or unchanged.")),
    "value_low": (
        "number",
        gettext_lazy("The size of the change, without a sign; the lowest of a range."),
    ),
    "value_high": (
        "number",
        gettext_lazy("The same as value_low, or the highest of a range."),
    ),
    "unit": ("string", gettext_lazy("percent or count.")),
    "interval_low": (
        "number",
        gettext_lazy("Where the interval begins that the study reports."),
    ),
    "interval_high": ("number", gettext_lazy("Where that interval ends.")),
    "interval_not_reported": (
        "boolean",
        gettext_lazy("Whether the sources that were read give no interval."),
    ),
    "outcome": ("string", gettext_lazy("What was counted.")),
    "scope": ("string", gettext_lazy("Where and whom it counts.")),
    "city_inferred": (
        "boolean",
        gettext_lazy("Whether the study names the city, the network’s line none."),
    ),
    "year_from": ("year", gettext_lazy("The first year.")),
    "year_to": ("year", gettext_lazy("The last year.")),
    "years_not_stated": (
        "boolean",
        gettext_lazy("Whether the study does not state the years."),
    ),
    "years_note": ("string", gettext_lazy("What is to be said about the years.")),
    "design": ("string", gettext_lazy("How the study was designed.")),
    "design_details": ("string", gettext_lazy("The design in the study’s words.")),
    "comparison": ("string", gettext_lazy("What it was compared with.")),
    "citation": ("string", gettext_lazy("The study.")),
    "citation_url": ("string", gettext_lazy("Where the study is.")),
    "verification": (
        "string",
        gettext_lazy("confirmed in the study, or second_hand."),
    ),
    "verified_where": ("string", gettext_lazy("Where the value was read.")),
    "verified_on": ("date", gettext_lazy("When it was read.")),
    "caveats": ("string", gettext_lazy("What limits it or speaks against it.")),
    "other_readings": (
        "string",
        gettext_lazy("Other values for the same thing, with their source."),
    ),
    "ratings": ("string", gettext_lazy("What independent bodies say of the study.")),
}


@dataclass(frozen=True)
class Selection:
    """Figures that readers see, from for_evidence(), and what they are together.

    name is for files, page the path where they are read.
    """

    name: str
    title: str
    page: str
    metrics: list[Metric]
    # Of one figure: its version and its corrections, as JSON has them.
    history: dict = field(default_factory=dict)

    @property
    def live(self) -> list[Metric]:
        return [metric for metric in self.metrics if metric.is_live]

    @property
    def under_review(self) -> list[Metric]:
        return [metric for metric in self.metrics if not metric.is_live]

    @property
    def url(self) -> str:
        return absolute(self.page)


def table(selection: Selection) -> str:
    return "".join(csv_chunks(METRIC, selection.metrics))


def document(selection: Selection) -> str:
    """Return the figures as JSON, each as the API has it."""
    figures = [told(metric) for metric in selection.metrics]
    said = {
        "title": selection.title,
        "url": selection.url,
        "license": license_url(),
        **selection.history,
        "count": len(figures),
        "items": figures,
    }
    return as_json(said)


def as_json(said: dict) -> str:
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def archive(selection: Selection) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        for name, text in files(selection).items():
            info = ZipInfo(f"{selection.name}/{name}", NO_MOMENT)
            info.compress_type, info.external_attr = ZIP_DEFLATED, READABLE
            # Else it would say on which system it was made.
            info.create_system = 3
            archive.writestr(info, text.encode())
    return file.getvalue()


def files(selection: Selection) -> dict[str, str]:
    cited = works(selection.live)
    return {
        "README.txt": readme(selection),
        "figures.csv": table(selection),
        "figures.json": document(selection),
        "datapackage.json": as_json(datapackage(selection)),
        "citations.bib": bibtex(cited),
        "citations.ris": ris(cited),
    }


def datapackage(selection: Selection) -> dict:
    """Describe the table to programs. Format: Tabular Data Package 1.0."""
    studies = {metric.citation_id: metric.citation for metric in selection.live}
    return {
        "profile": "tabular-data-package",
        "name": selection.name,
        "title": selection.title,
        "homepage": selection.url,
        "licenses": [{"path": license_url(), "title": _("License")}],
        "sources": [
            {"title": str(study), "path": study.url} for study in studies.values()
        ],
        "contributors": [
            {
                "title": _("National Network for Safe Communities"),
                "path": absolute(reverse("home")),
                "role": "publisher",
            }
        ],
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": "figures",
                "path": "figures.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": {
                    "fields": [
                        {"name": name, "type": kind, "description": str(sentence)}
                        for name, (kind, sentence) in COLUMNS.items()
                    ],
                    "missingValues": [""],
                    "primaryKey": "id",
                },
            }
        ],
    }


# README


def readme(selection: Selection) -> str:
    return "\n".join(readme_lines(selection)) + "\n"


def readme_lines(selection: Selection) -> Iterator[str]:
    yield from headed(selection.title, "=")
    yield _("From %(url)s") % {"url": selection.url}
    moments = [metric.changed_at() for metric in selection.metrics]
    if moments:
        day = timezone.localdate(max(moments)).isoformat()
        yield _("Last changed on %(day)s") % {"day": day}
    yield ""
    yield from headed(_("What is in here"))
    for name, sentence in [
        ("figures.csv", _("the figures as a table")),
        ("figures.json", _("the same as JSON")),
        ("datapackage.json", _("what each column is, for programs")),
        ("citations.bib, citations.ris", _("the studies, and our pages, to be cited")),
    ]:
        yield f"{name}: {sentence}"
    yield ""
    yield from headed(_("How to read them"))
    yield from wrapped(
        _(
            "A figure says what a study measured, not that a program caused it: “was "
            "associated with” is meant so. Do not show a number without its study, "
            "its years and its caveats. What is unknown is empty and never 0. A "
            "figure under review has its line and no number, because nobody here has "
            "read the number in a source."
        )
    )
    yield from wrapped(
        _("How studies are designed and what else is meant: %(url)s")
        % {"url": absolute(reverse("methods"))}
    )
    yield ""
    yield from headed(_("License"))
    for paragraph in filter(None, current_texts()["license"].splitlines()):
        yield from wrapped(paragraph)
    yield ""
    for metric in selection.live:
        yield from figure_lines(metric)
    if selection.under_review:
        yield from headed(_("Under review: no number stands here"))
        for metric in selection.under_review:
            place = ", ".join(filter(None, [metric.headline, metric.place_text()]))
            yield from wrapped(f"- {place}", hanging=2)
        yield ""
    yield from headed(_("The columns of the table"))
    for name, (_kind, sentence) in COLUMNS.items():
        yield from wrapped(f"{name}: {sentence}", hanging=2)


def figure_lines(metric: Metric) -> Iterator[str]:
    yield from headed(metric.sentence())
    yield from wrapped(metric.association())
    labelled = [
        (_("Counted"), [metric.scope or metric.outcome]),
        (_("Compared with"), [metric.comparison or _("not stated")]),
        (_("Interval"), [metric.interval_text()]),
        (_("Study design"), [metric.get_design_display()]),
        (_("Checked"), [metric.get_verification_display()]),
        (_("Caveats"), metric.caveat_list()),
        (_("Other readings"), metric.other_reading_list()),
        (_("Independent ratings"), [str(rating) for rating in metric.ratings.all()]),
        (_("Please cite"), [apa(work) for work in works([metric])]),
    ]
    for label, said in labelled:
        for text in said:
            yield from wrapped(f"{label}: {text}", hanging=2)
    yield ""


def headed(title: str, rule: str = "-") -> Iterator[str]:
    yield from wrapped(title)
    yield rule * min(len(title), LINE_LENGTH)


def wrapped(text: str, hanging: int = 0) -> list[str]:
    return textwrap.wrap(
        text,
        LINE_LENGTH,
        subsequent_indent=" " * hanging,
        # An address in two lines leads nowhere.
        break_long_words=False,
        break_on_hyphens=False,
    )
