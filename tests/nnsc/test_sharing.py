"""Pictures of pages, as they are drawn and sent."""

import io

import pytest
from PIL import Image, ImageChops

from nnsc import sharing
from nnsc.sharing import (
    BACKGROUND,
    HEIGHT,
    MARGIN,
    NUMBER,
    NUMBER_OF_ROW,
    ROW_INDENT,
    WIDTH,
    Card,
    Row,
    drawable,
    drawn,
    fitted,
    png,
    site_card,
    site_image,
)

pytestmark = pytest.mark.once

LONG = "W" * 400
HOSTILE = [
    Card(title=LONG, number="42%", lines=(LONG, LONG), foot=LONG),
    Card(title="wide words " * 80, direction="fell", number="9,999,999.9–99,999,999%"),
    Card(title=LONG, lines=(LONG,), rows=(Row("8%", "rose", LONG, LONG),) * 3),
    Card(title="gjpqy " * 90, foot="gjpqy " * 300),
    Card(title="日本語 \u202e\x00 🎉 Łódź"),
    Card(title=""),
]


def ink(image, box):
    """Return where something is drawn within a part of an image, None if nowhere."""
    part = image.crop(box)
    return ImageChops.difference(
        part, Image.new("RGB", part.size, BACKGROUND)
    ).getbbox()


@pytest.mark.parametrize("card", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_leaves_the_picture_however_long_it_is(card):
    image = drawn(card)

    assert image.size == (1200, 630)
    edge = 30
    assert ink(image, (0, 0, WIDTH, edge)) is None
    assert ink(image, (0, HEIGHT - edge, WIDTH, HEIGHT)) is None
    assert ink(image, (0, 0, edge, HEIGHT)) is None
    assert ink(image, (WIDTH - MARGIN + 4, 0, WIDTH, HEIGHT)) is None


def test_the_citation_does_not_run_into_what_stands_above_it():
    card = HOSTILE[0]
    without = Card(title=card.title, number=card.number, lines=card.lines)

    image, other = drawn(card), drawn(without)

    rule = image.getpixel((MARGIN, 500))
    assert rule != image.getpixel((MARGIN, 490))
    assert ink(image, (0, 486, WIDTH, 500)) is None
    assert other.size == image.size


@pytest.mark.parametrize("number", ["8%", "35–42%", "999,999.9–999,999.9%"])
@pytest.mark.parametrize(
    "style,width",
    [(NUMBER, WIDTH - 2 * MARGIN), (NUMBER_OF_ROW, ROW_INDENT - 30)],
)
def test_a_number_is_made_smaller_and_never_cut(number, style, width):
    room_for_arrow = 0.38 * style.sizes[0]
    font, lines = fitted(number, style, width - room_for_arrow)

    assert lines == [number]
    assert font.getlength(number) <= width


@pytest.mark.parametrize(
    "text,shown",
    [
        ("São Paulo’s – “Straße”", "São Paulo’s – “Straße”"),
        ("Łódź, Šibenik", "Lódz, Sibenik"),
        ("e\u0301", "é"),
        ("日本 🎉", "?? ?"),
        ("a\u202eb\x00c\nd", "abc d"),
        ("ﬁ…①", "fi…1"),
    ],
)
def test_what_the_fonts_lack_is_written_otherwise(text, shown):
    assert drawable(text) == shown


def test_words_are_shared_out_among_lines_and_a_long_one_is_parted():
    lines = sharing.wrapped("aa bbb c dddddddd", len, 4)

    assert lines == ["aa", "bbb", "c", "dddd", "dddd"]


def test_what_is_read_on_a_picture_is_its_text_alternative():
    card = Card(
        title="reduction in thefts",
        number="42%",
        lines=("Boston, 1997",),
        rows=(Row("8%", "rose", "increase in fires", "Doe 2008"),),
        foot="Roe (2009).",
    )

    assert card.alt == (
        "42% reduction in thefts. Boston, 1997. 8% increase in fires (Doe 2008). "
        "Roe (2009)."
    )


def test_another_picture_has_another_version():
    cards = [
        Card(title="a"),
        Card(title="b"),
        Card(title="a", foot="b"),
        Card(title="a", direction="fell"),
    ]

    assert len({card.version for card in cards}) == len(cards)
    assert Card(title="a").version == Card(title="a").version


def test_a_picture_is_drawn_once(monkeypatch):
    n_drawn = []
    monkeypatch.setattr(
        sharing, "drawn", lambda card: n_drawn.append(card) or drawn(card)
    )
    card = Card(title="drawn once")

    assert png(card) is png(card)
    assert len(n_drawn) == 1
    assert sharing._kept_png.cache_info().maxsize == sharing.N_KEPT


def path_of(url):
    return url.removeprefix("http://localhost:8000")


def test_the_picture_of_the_site_is_sent_once_and_kept(client):
    address = path_of(site_image().url)

    response = client.get(address)
    again = client.get(address, headers={"If-None-Match": response["ETag"]})

    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "public, max-age=31536000"
    with Image.open(io.BytesIO(response.content)) as image:
        assert (image.format, image.size) == ("PNG", (1200, 630))
    assert len(response.content) < 100_000
    assert again.status_code == 304
    assert client.post(address).status_code == 405


def test_a_former_address_leads_to_the_present_picture(client):
    response = client.get("/share/000000000000.png")

    assert response.status_code == 302
    assert response["Location"] == path_of(site_image().url)


def test_the_picture_of_the_site_says_whose_it_is():
    assert site_card().alt.startswith("National Network for Safe Communities. ")
