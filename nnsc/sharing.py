"""Pictures that stand for pages where their addresses are shared.

A Card says what is on a picture; what is drawn follows from it alone, and so does the
address: a picture that has changed is found at another one.
"""

import hashlib
import io
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import pairwise
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from PIL import Image, ImageDraw, ImageFont, features

from nnsc.outputs import absolute

# What social networks and messengers cut nothing from.
WIDTH, HEIGHT = 1200, 630
MARGIN = 72
INNER = WIDTH - 2 * MARGIN

BACKGROUND, INK, SOFT = "#0c2f38", "#f6f3ea", "#b9cdd0"
ACCENT, RULE = "#7cc4cf", "#2a4d56"

FONTS = Path(settings.BASE_DIR, "static", "fonts")
SERIF, SANS = "newsreader.woff2", "public-sans.woff2"
REGULAR, SEMIBOLD = 400, 600

# Digits as wide as each is, which only Raqm can set; without it they stand apart.
FEATURES = ["pnum"] if features.check("raqm") else None
# Letters that fall apart into none that the fonts have.
LETTERS = str.maketrans(
    {"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "Œ": "OE", "œ": "oe"}
)
# Pictures of 20 to 40 KB each that a process keeps.
N_KEPT = 64
YEAR_SECONDS, DAY_SECONDS = 31_536_000, 86_400


@dataclass(frozen=True)
class Row:
    """A figure among others: its number, where it went ("fell", "rose"), its words.

    study is who says so.
    """

    number: str
    direction: str
    words: str
    study: str


@dataclass(frozen=True)
class Card:
    """What stands on a picture, from its top down; what is empty takes no room.

    number is drawn as large as it fits, with an arrow that says where it went.
    """

    title: str
    number: str = ""
    direction: str = ""
    lines: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    foot: str = ""

    @property
    def version(self) -> str:
        """Return what names the picture: another one has another version."""
        said = f"{design()} {self!r}"
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    @property
    def alt(self) -> str:
        """Return in words what is to be read on it."""
        first = f"{self.number} {self.title}".strip()
        rows = (f"{row.number} {row.words} ({row.study})".strip() for row in self.rows)
        return ". ".join(filter(None, [first, *self.lines, *rows, self.foot]))


@dataclass(frozen=True)
class SharedImage:
    """A picture as a page names it."""

    url: str
    alt: str
    width: int = WIDTH
    height: int = HEIGHT


@cache
def design() -> str:
    """Return what changes when pictures are drawn otherwise."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in (SERIF, SANS):
        digest.update(FONTS.joinpath(name).read_bytes())
    return digest.hexdigest()


def site_name() -> str:
    return _("National Network for Safe Communities")


def site_card() -> Card:
    words = _("News, measured impact and the principles behind the work")
    return Card(title=site_name(), lines=(words,))


def site_image() -> SharedImage:
    """Return the picture of all pages that have none of their own."""
    card = site_card()
    path = reverse("share_site", args=[card.version])
    return SharedImage(absolute(path), card.alt)


@require_safe
def site_picture(request, version):
    card = site_card()
    path = reverse("share_site", args=[card.version])
    return picture(request, card, version, path, max_age=YEAR_SECONDS)


def picture(
    request: HttpRequest,
    card: Card,
    version: str,
    path: str,
    # What was withdrawn is not to be kept for ever.
    max_age: int = DAY_SECONDS,
) -> HttpResponse:
    """Answer with the picture; lead an address of a former one to it, which is path."""
    if version != card.version:
        response = HttpResponseRedirect(path)
        response.headers["Cache-Control"] = "public, max-age=60"
        return response
    etag = f'"{version}"'
    response = get_conditional_response(request, etag=etag)
    response = response or HttpResponse(png(card), content_type="image/png")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"public, max-age={max_age}"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


_one_at_a_time = Lock()


def png(card: Card) -> bytes:
    """Return the picture. About 0.1 s where it is not kept."""
    with _one_at_a_time:
        return _kept_png(card)


@lru_cache(maxsize=N_KEPT)
def _kept_png(card: Card) -> bytes:
    file = io.BytesIO()
    few_colors = drawn(card).quantize(64, dither=Image.Dither.NONE)
    few_colors.save(file, "PNG", optimize=True)
    return file.getvalue()


# Drawing. x and y are from the left and from the top, all lengths in pixels.


@dataclass(frozen=True)
class Style:
    """How a text is set: in the first of sizes in which it fits, cut in the last."""

    font: str
    sizes: tuple[int, ...]
    color: str
    n_lines: int = 1
    weight: int = REGULAR


NAME = Style(SANS, (27, 22), SOFT, weight=SEMIBOLD)
# A number is never cut: the longest that a figure can have fits in the last size.
NUMBER = Style(SERIF, (180, 150, 120, 100, 80, 60), INK)
TITLE_OF_NUMBER = Style(SERIF, (58, 52, 46, 40, 34, 30), INK, n_lines=2)
TITLE_OF_ROWS = Style(SERIF, (100, 84, 68, 54), INK)
TITLE = Style(SERIF, (104, 88, 76, 64, 52), INK, n_lines=3)
LINE = Style(SANS, (34, 30), SOFT)
NUMBER_OF_ROW = Style(SERIF, (76, 60, 48, 36, 26, 18), INK)
WORDS_OF_ROW = Style(SANS, (34, 30, 26), INK)
STUDY_OF_ROW = Style(SANS, (26, 22), SOFT)
FOOT = Style(SANS, (25, 22), SOFT, n_lines=2)

TOP, FOOT_TOP = 124, 500
ROW_HEIGHT, ROW_INDENT = 104, 270
ARROW_WIDTH = 0.26  # of the size of the number beside it
# Shapes are drawn larger and made smaller, which smooths their edges.
ENLARGED = 4


def drawn(card: Card) -> Image.Image:
    image = blank()
    if card.title == site_name():
        paste_emblem(image, MARGIN - 10, 62, size=110)
    else:
        paste_emblem(image, MARGIN - 5, 52, size=52)
        put(image, site_name(), MARGIN + 64, 62, NAME)
    bottom = HEIGHT - MARGIN
    if card.foot:
        bottom = FOOT_TOP
        rule = (MARGIN, FOOT_TOP, WIDTH - MARGIN, FOOT_TOP + 1)
        ImageDraw.Draw(image).rectangle(rule, fill=RULE)
        put(image, card.foot, MARGIN, FOOT_TOP + 20, FOOT)
    middle = blank()
    end = put_middle(middle, card)
    # What is left over stands above and below it.
    lower = max(0, (bottom - end) // 2)
    image.paste(middle.crop((0, TOP, WIDTH, bottom - lower)), (0, TOP + lower))
    return image


def blank() -> Image.Image:
    return Image.new("RGB", (WIDTH, HEIGHT), BACKGROUND)


def put_middle(image: Image.Image, card: Card) -> int:
    """Draw what stands between name and foot, from TOP; return where it ends."""
    y = TOP
    if card.number:
        y = put_number(image, card, MARGIN, y, NUMBER, INNER) + 24
        y = put(image, card.title, MARGIN, y, TITLE_OF_NUMBER)
    else:
        y = put(image, card.title, MARGIN, y, TITLE_OF_ROWS if card.rows else TITLE)
    for line in card.lines:
        y = put(image, line, MARGIN, y + 8, LINE)
    if card.rows:
        y += 30
    for row in card.rows:
        put_row(image, row, y)
        y += ROW_HEIGHT
    return y


def put_row(image: Image.Image, row: Row, y: int) -> None:
    put_number(image, row, MARGIN, y, NUMBER_OF_ROW, ROW_INDENT - 30)
    end = put(image, row.words, MARGIN + ROW_INDENT, y - 4, WORDS_OF_ROW)
    put(image, row.study, MARGIN + ROW_INDENT, end, STUDY_OF_ROW)


def put_number(
    image: Image.Image, of: Card | Row, x: int, y: int, style: Style, width: int
) -> int:
    """Draw the number of a card or row, its arrow before it; return where it ends."""
    has_arrow = of.direction in ("fell", "rose")
    room = (ARROW_WIDTH + 0.12) * style.sizes[0] if has_arrow else 0
    font, (text, *_rest) = fitted(of.number, style, width - room)
    height = round(-font.getbbox("0", anchor="ls")[1])
    if has_arrow:
        size = round(ARROW_WIDTH * font.size)
        paste_arrow(image, x, y + height, size, is_up=of.direction == "rose")
        x += round((ARROW_WIDTH + 0.12) * font.size)
    write(image, (x, y + height), text, font, style.color, anchor="ls")
    return y + height


def put(image: Image.Image, text: str, x: int, y: int, style: Style) -> int:
    """Draw a text up to the right margin, and return where its last line ends."""
    font, lines = fitted(text, style, WIDTH - MARGIN - x)
    leading = round(font.size * (1.14 if style.font == SERIF else 1.32))
    for line in lines:
        write(image, (x, y), line, font, style.color, anchor="la")
        y += leading
    return y


def write(image: Image.Image, place, text: str, font, color: str, anchor: str) -> None:
    draw = ImageDraw.Draw(image)
    draw.text(place, text, font=font, fill=color, anchor=anchor, features=FEATURES)


def fitted(
    text: str, style: Style, width: float
) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """Return the font and the lines in which a text fits, with … where it is cut."""
    text = drawable(text)
    for size in style.sizes:
        font = font_of(style.font, size, style.weight)
        length = partial(font.getlength, features=FEATURES)
        lines = wrapped(text, length, width)
        if len(lines) <= style.n_lines:
            return font, lines
    lines = lines[: style.n_lines]
    while lines[-1] and length(f"{lines[-1]}…") > width:
        lines[-1] = lines[-1][:-1].rstrip()
    lines[-1] += "…"
    return font, lines


def wrapped(text: str, length: Callable[[str], float], width: float) -> list[str]:
    """Return the lines of a text, at least one; a word that is too long is parted."""
    lines, line = [], ""
    for word in text.split():
        if line and length(f"{line} {word}") <= width:
            line = f"{line} {word}"
            continue
        if line:
            lines.append(line)
        line = word
        while length(line) > width and len(line) > 1:
            ends = range(1, len(line))
            n_fit = bisect_right(ends, width, key=lambda end: length(line[:end]))
            end = max(1, n_fit)
            lines.append(line[:end])
            line = line[end:]
    return [*lines, line]


@lru_cache(maxsize=64)
def font_of(name: str, size: int, weight: int = REGULAR) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(FONTS / name, size)
    if name == SANS:
        font.set_variation_by_axes([weight])
    return font


def drawable(text: str) -> str:
    """Return text in letters that the fonts have: "Łódź" as "Lódz", others as "?"."""
    composed = unicodedata.normalize("NFC", text.translate(LETTERS))
    return "".join(map(_drawable, composed))


@lru_cache(maxsize=1024)
def _drawable(character: str) -> str:
    if character.isspace():
        return " "
    # Marks of direction and control characters show nothing.
    if unicodedata.category(character).startswith("C"):
        return ""
    parts = unicodedata.normalize("NFKD", character)
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return next(filter(is_in_fonts, (character, bare)), "?")


def is_in_fonts(text: str) -> bool:
    """Whether both fonts have each letter; of one that they lack they draw nothing."""
    fonts = [font_of(SERIF, 40), font_of(SANS, 40)]
    return bool(text) and all(
        font.getmask(letter).getbbox() for font in fonts for letter in text
    )


def paste_emblem(image: Image.Image, x: int, y: int, size: int) -> None:
    """Draw templates/_emblem.html, which is 40 units wide and high."""
    points = [(20, 5), (33, 12.5), (33, 27.5), (20, 35), (7, 27.5), (7, 12.5)]
    scale = size * ENLARGED / 40
    shape = Image.new("L", (size * ENLARGED, size * ENLARGED))
    draw = ImageDraw.Draw(shape)
    points = [(px * scale, py * scale) for px, py in points]
    across = zip(points[:3], points[3:], strict=True)
    for start, end in [*pairwise([*points, points[0]]), *across]:
        draw.line([start, end], fill=255, width=round(1.5 * scale))
    for point in points:
        draw.circle(point, 3.5 * scale, fill=255)
    paste(image, shape, x, y, size, size)


def paste_arrow(image: Image.Image, x: int, y: int, width: int, is_up: bool) -> None:
    """Draw the arrow of templates/impact/_numeral.html, 10 units by 14, down to y."""
    points = [(5, 14), (0, 8), (3.6, 8), (3.6, 0), (6.4, 0), (6.4, 8), (10, 8)]
    height = round(1.4 * width)
    scale = width * ENLARGED / 10
    shape = Image.new("L", (width * ENLARGED, height * ENLARGED))
    turned = [(px, 14 - py if is_up else py) for px, py in points]
    ImageDraw.Draw(shape).polygon(
        [(px * scale, py * scale) for px, py in turned], fill=255
    )
    paste(image, shape, x, y - height, width, height)


def paste(image, shape, x, y, width, height) -> None:
    mask = shape.resize((width, height), Image.Resampling.LANCZOS)
    image.paste(ACCENT, (x, y), mask)
