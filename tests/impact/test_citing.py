"""Citations, read back by programs that others wrote."""

import io

import pytest
import rispy
from pybtex.database import parse_string
from pybtex.richtext import Text

import make
from impact.citing import apa, bibtex, ris, study, verbatim, works
from impact.models import Citation

pytestmark = pytest.mark.django_db

AWKWARD = [
    "Crime & Delinquency",
    "100% é, ß, ñ, Š, ø and Łódź",
    "_under_ #1 $5 ~tilde ^hat",
    "a \\command{with} braces",
    "an unbalanced { brace",
    "@article{forged,\n  title = {x},\n}",
    "“quoted”, ‘once’, 1996–2000 — done",
    "T2  - forged\r\nER  - ",
    "A title that asks?",
    "e\u0301 in two characters",
]


def plain(latex):
    """Return what LaTeX prints: as pybtex reads it, and TeX what pybtex does not."""
    words = {
        r"{\textbraceleft}": "(",
        r"{\textbraceright}": ")",
        r"{\textasciicircum}": "^",
        r"\$": "$",
    }
    for word, sign in words.items():
        latex = latex.replace(word, sign)
    return str(Text.from_latex(latex)).replace("`", "‘").replace("'", "’")


def as_printed(text):
    return " ".join(text.replace("{", "(").replace("}", ")").split())


def composed(text):
    return text.replace("e\u0301", "é")


@pytest.mark.parametrize("title", AWKWARD)
def test_bibtex_and_ris_give_a_title_back_as_it_was(title):
    metric = make.metric(
        citation=make.citation(title=title, publication=title, url="https://e.org/1")
    )
    cited = works([metric])

    database = parse_string(bibtex(cited), "bibtex")
    references = rispy.load(io.StringIO(ris(cited), newline=""))

    assert list(database.entries) == [cited[0].key, f"nnsc-figure-{metric.pk}"]
    entry = database.entries[cited[0].key]
    assert plain(entry.fields["title"]) == composed(as_printed(title))
    assert plain(entry.fields["howpublished"]) == composed(as_printed(title))
    assert len(references) == 2
    assert references[0]["title"] == " ".join(title.split())


@pytest.mark.parametrize(
    "authors,people",
    [
        ("Braga, A. A.", [("Braga", "A. A.")]),
        (
            "Papachristos, A. V., Meares, T. L., & Fagan, J.",
            [("Papachristos", "A. V."), ("Meares", "T. L."), ("Fagan", "J.")],
        ),
        (
            "van der Berg, J.-P., & O’Neil, K.",
            [("van der Berg", "J.-P."), ("O’Neil", "K.")],
        ),
        ("Šimić, É. Ö.", [("Šimić", "É. Ö.")]),
    ],
)
def test_authors_are_read_one_by_one(authors, people):
    work = study(make.citation(authors=authors))

    (entry,) = parse_string(bibtex([work]), "bibtex").entries.values()
    (reference,) = rispy.loads(ris([work]))

    found = [
        (
            plain(" ".join([*person.prelast_names, *person.last_names])),
            plain(" ".join([*person.first_names, *person.middle_names])),
        )
        for person in entry.persons["author"]
    ]
    assert found == people
    assert reference["authors"] == [
        f"{surname}, {initials}" for surname, initials in people
    ]


@pytest.mark.parametrize(
    "authors",
    [
        "National Research Council",
        "Office of Research and Development",
        "Smith, J. A., Jr., & Doe, B.",
        "Braga, A. A., et al.",
    ],
)
def test_authors_that_are_no_list_stay_whole(authors):
    work = study(make.citation(authors=authors))

    (entry,) = parse_string(bibtex([work]), "bibtex").entries.values()
    (reference,) = rispy.loads(ris([work]))

    (person,) = entry.persons["author"]
    assert person.last_names == [f"{{{authors}}}".replace("&", r"\&")]
    assert reference["authors"] == [authors]


@pytest.mark.parametrize(
    "publication,place",
    [
        (
            "Evaluation Review 34(6), 513-548",
            {
                "journal": "Evaluation Review",
                "volume": "34",
                "issue": "6",
                "first": "513",
                "last": "548",
            },
        ),
        (
            "Annals, 12, e4–e9.",
            {"journal": "Annals", "volume": "12", "first": "e4", "last": "e9"},
        ),
        ("Annals 5 (2-3)", {"journal": "Annals", "volume": "5", "issue": "2-3"}),
        ("NIJ Journal 262", {"journal": "NIJ Journal 262"}),
        ("COPS Office 2009", {}),
        ("RAND Report 5, Santa Monica", {}),
        ("", {}),
    ],
)
def test_what_stands_in_a_journal_is_told_from_what_does_not(publication, place):
    citation = Citation(publication=publication, url="https://e.org/1")

    assert citation.place_in_journal() == place


def test_a_doi_makes_an_article_of_what_is_published_somewhere():
    citation = Citation(
        publication="Crime & Delinquency (online first)",
        url="https://doi.org/10.1002/(SICI)1097%3C693::AID%3E3.0.CO;2-O",
    )

    assert citation.doi() == "10.1002/(SICI)1097<693::AID>3.0.CO;2-O"
    assert citation.place_in_journal() == {"journal": citation.publication}
    assert Citation(url="https://e.org/10.1002/1").doi() == ""


def test_an_address_is_read_as_it_stands():
    address = "https://e.org/a_b~c?x=1&y=%20#{z}\\ "

    assert verbatim(address) == "https://e.org/a_b~c?x=1&y=%20#%7Bz%7D%5C"


@pytest.mark.parametrize(
    "fields,cited",
    [
        (
            {"publication": "Evaluation Review 34(6), 513-548"},
            "Doe, J., & Roe, R. (2008). What changed. "
            "Evaluation Review, 34(6), 513–548. https://doi.org/10.1000/182",
        ),
        (
            {"publication": "COPS Office", "url": "https://e.org/1", "title": "Why?"},
            "Doe, J., & Roe, R. (2008). Why? COPS Office. https://e.org/1",
        ),
        (
            {"authors": "National Research Council", "url": "https://e.org/1"},
            "National Research Council. (2008). What changed. https://e.org/1",
        ),
    ],
)
def test_apa_is_as_the_manual_has_it(fields, cited):
    citation = make.citation(
        **{"authors": "Doe, J., & Roe, R.", "title": "What changed"} | fields
    )

    assert apa(study(citation)) == cited


def test_of_more_than_twenty_authors_the_last_comes_after_dots():
    names = [f"Author{number}, A." for number in range(21)]
    citation = make.citation(authors=", ".join(names[:-1]) + f", & {names[-1]}")

    cited = apa(study(citation))

    assert "Author18, A., … Author20, A. (2008)" in cited
    assert "Author19" not in cited


def test_the_study_comes_first_and_our_page_second(time_machine):
    time_machine.move_to("2026-03-04T04:00:00Z", tick=False)
    citation = make.citation(authors="Doe, J.")
    boston, chicago = make.city("Boston"), make.city("Chicago")
    metrics = [make.metric(citation=citation, city=city) for city in (boston, chicago)]

    first, second, third = works(metrics)

    assert first.authors == ["Doe, J."]
    # The day is that of the site's time zone.
    assert apa(second) == (
        "National Network for Safe Communities. (2026, March 3). 42% reduction in gun "
        "homicide, Boston, 1997–2002. "
        f"http://localhost:8000{metrics[0].get_absolute_url()}"
    )
    assert "Chicago" in apa(third)
