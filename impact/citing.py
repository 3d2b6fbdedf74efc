"""How figures are cited: in APA style, as BibTeX and as RIS.

The study comes first, for it found the figure; this site, which tells of it, second.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _

from impact.models import Citation, Metric
from nnsc.outputs import absolute


@dataclass(frozen=True)
class Work:
    """What can be cited: a study, or a page of this site.

    authors have the surname first; is_body says that they are one, named as a whole, as
    a body is. dated is the year, in APA style with month and day where they are known.
    place says where in a journal it stands, as Citation.place_in_journal(); publication
    has all of that in one line.
    """

    key: str
    authors: list[str]
    is_body: bool
    year: str
    title: str
    url: str
    dated: str = ""
    publication: str = ""
    doi: str = ""
    place: dict[str, str] = field(default_factory=dict)
    is_page: bool = False


def works(metrics: Iterable[Metric]) -> list[Work]:
    """Return the studies of live metrics, each once, then our pages about them."""
    metrics = list(metrics)
    studies = {metric.citation_id: metric.citation for metric in metrics}
    return [*map(study, studies.values()), *map(page, metrics)]


def study(citation: Citation) -> Work:
    people = citation.author_list()
    authors = people or [citation.authors]
    name = authors[0].partition(",")[0]
    return Work(
        key=f"{slugify(name) or 'study'}-{citation.year}-{citation.pk}",
        authors=authors,
        is_body=not people,
        year=str(citation.year),
        title=citation.title,
        url=citation.url,
        publication=citation.publication,
        doi=citation.doi(),
        place=citation.place_in_journal(),
    )


def page(metric: Metric) -> Work:
    changed = timezone.localtime(metric.changed_at())
    return Work(
        key=f"nnsc-figure-{metric.pk}",
        authors=[_("National Network for Safe Communities")],
        is_body=True,
        year=str(changed.year),
        dated=date_format(changed, "Y, F j"),
        title=metric.sentence(),
        url=absolute(metric.get_absolute_url()),
        is_page=True,
    )


# APA, 7th edition


def apa(work: Work) -> str:
    return "".join(text for text, _is_italic in apa_parts(work))


def apa_parts(work: Work) -> list[tuple[str, bool]]:
    """Return the citation in pieces, each with whether it is set in italics."""
    authors = ended(apa_authors(work.authors))
    head = f"{authors} ({work.dated or work.year}). "
    if not work.place:
        published = f" {ended(work.publication)}" if work.publication else ""
        return [
            (head, False),
            (ended(work.title), True),
            (f"{published} {work.url}", False),
        ]
    parts = [(f"{head}{ended(work.title)} ", False), (work.place["journal"], True)]
    if volume := work.place.get("volume"):
        parts += [(", ", False), (volume, True)]
    issue, pages = work.place.get("issue"), pages_text(work, "–")
    after = (f"({issue})" if issue else "") + (f", {pages}" if pages else "")
    return [*parts, (f"{after}. {work.url}", False)]


def apa_authors(authors: list[str]) -> str:
    """Return "Braga, A. A., & Piehl, A. M."; of more than 20, the first 19 and last."""
    if len(authors) > 20:
        return ", ".join(authors[:19]) + f", … {authors[-1]}"
    if len(authors) == 1:
        return authors[0]
    return ", ".join(authors[:-1]) + f", & {authors[-1]}"


def ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def pages_text(work: Work, dash: str) -> str:
    return dash.join(
        work.place[end] for end in ("first", "last") if work.place.get(end)
    )


# BibTeX

# Braces are counted even behind a backslash, so they are written in words.
LATEX = {
    "\\": r"{\textbackslash}",
    "{": r"{\textbraceleft}",
    "}": r"{\textbraceright}",
    "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}",
    **{sign: rf"\{sign}" for sign in "&%$#_"},
    "<": r"{\textless}",
    ">": r"{\textgreater}",
    "|": r"{\textbar}",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "\u00a0": "~",
    "ß": r"{\ss}",
    "æ": r"{\ae}",
    "Æ": r"{\AE}",
    "ø": r"{\o}",
    "Ø": r"{\O}",
    "å": r"{\aa}",
    "Å": r"{\AA}",
    "œ": r"{\oe}",
    "Œ": r"{\OE}",
    "ł": r"{\l}",
    "Ł": r"{\L}",
    "ı": r"{\i}",
    "¿": "?`",
    "¡": "!`",
}
COUNTED = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20"})
# What stands above or below a letter.
ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
    "\u0328": "k",
}


def bibtex(works: Iterable[Work]) -> str:
    return "\n".join(map(bibtex_entry, works))


def bibtex_entry(work: Work) -> str:
    if work.is_body:
        authors = f"{{{latex(work.authors[0])}}}"
    else:
        authors = " and ".join(map(latex, work.authors))
    published = {} if work.place else {"howpublished": latex(work.publication)}
    fields = {
        "author": authors,
        # The second braces keep its capitals.
        "title": f"{{{latex(work.title)}}}",
        "year": work.year,
        **published,
        "journal": latex(work.place.get("journal", "")),
        "volume": latex(work.place.get("volume", "")),
        "number": latex(work.place.get("issue", "")),
        "pages": latex(pages_text(work, "--")),
        "doi": verbatim(work.doi),
        "url": verbatim(work.url),
    }
    lines = [f"  {name} = {{{text}}}," for name, text in fields.items() if text]
    kind = "article" if work.place else "misc"
    return "\n".join([f"@{kind}{{{work.key},", *lines, "}", ""])


def latex(text: str) -> str:
    """Return text as LaTeX prints it; letters that it has no name for stay."""
    composed = unicodedata.normalize("NFC", one_line(text))
    return "".join(map(latex_character, composed))


def latex_character(character: str) -> str:
    if character in LATEX:
        return LATEX[character]
    letter, *marks = unicodedata.normalize("NFD", character)
    if len(marks) == 1 and marks[0] in ACCENTS and letter.isascii():
        # An i with an accent has no dot.
        letter = rf"\{letter}" if letter in "ij" else letter
        accent = ACCENTS[marks[0]]
        return rf"{{\{accent}{{{letter}}}}}"
    return character


def verbatim(address: str) -> str:
    """Return an address as BibTeX reads it: as it stands, but for what it counts."""
    return one_line(address).translate(COUNTED)


# RIS


def ris(works: Iterable[Work]) -> str:
    return "".join(map(ris_entry, works))


def ris_entry(work: Work) -> str:
    """Return the lines of a work. Format: RIS as of 2011."""
    kind = "JOUR" if work.place else "ELEC" if work.is_page else "GEN"
    pairs = [
        ("TY", kind),
        *(("AU", author) for author in work.authors),
        ("PY", work.year),
        ("TI", work.title),
        ("T2", work.place.get("journal", "")),
        ("VL", work.place.get("volume", "")),
        ("IS", work.place.get("issue", "")),
        ("SP", work.place.get("first", "")),
        ("EP", work.place.get("last", "")),
        ("PB", "" if work.place else work.publication),
        ("DO", work.doi),
        ("UR", work.url),
        ("ID", work.key),
    ]
    lines = [f"{tag}  - {one_line(text)}" for tag, text in pairs if text]
    return "\r\n".join([*lines, "ER  - ", "", ""])


def one_line(text: str) -> str:
    """Return text without line breaks and control characters, which end a field."""
    text = re.sub(r"\s+", " ", text)
    return "".join(c for c in text if unicodedata.category(c) != "Cc").strip()
