"""From an editor's upload to the files that readers get.

An upload is never kept. What it shows is decoded within limits, turned upright and
encoded anew, so nothing else that it holds reaches the disk: no script behind the
image, no place where it was taken, no name that somebody chose.
"""

import io
import logging
import re
import secrets
from base64 import b64encode
from pathlib import PurePosixPath
from threading import Lock

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
# Cameras write about ten; what follows the image in the file may look like some more.
MAX_SCANS = 500
FORMATS = ["JPEG", "PNG", "WEBP"]

# Where the files stand in the storage, and under MEDIA_URL.
FOLDER = "images"
# Files are named for their width, and the names of all follow from that of the widest:
# other widths want files that are there to be made anew.
WIDTHS = [480, 960, 1600]
FALLBACK_WIDTH = 960
TYPES = {".webp": "image/webp", ".jpg": "image/jpeg"}
LARGEST = (1600, 2400)

# What a form has instead of an image that it could not keep.
LOST_IMAGE = object()

WHITE = (255, 255, 255)
SRGB = ImageCms.createProfile("sRGB")
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {5, 6, 7, 8}

# How files begin that are chosen by mistake, and what an editor calls them.
OTHER_KINDS = [
    (rb"GIF8", _("a GIF")),
    (rb".{4}ftyp(hei|hev|mif|msf)", _("a HEIC photo, as phones store them")),
    (rb".{4}ftypavi[fs]", _("an AVIF image")),
    (rb".{4}ftyp", _("a video")),
    (rb"II\*\0|MM\0\*", _("a TIFF image")),
    (rb"BM", _("a BMP image")),
    (rb"%PDF", _("a PDF document")),
    (rb"PK\x03\x04", _("a document or an archive")),
    (rb"\s*<(!doctype\s+html|html)", _("a web page")),
    (rb".*<svg", _("an SVG drawing")),
]
BEGINNING_OF_OURS = re.compile(rb"\xff\xd8\xff|\x89PNG|RIFF.{4}WEBP", re.DOTALL)

logger = logging.getLogger(__name__)
one_at_a_time = Lock()


class PreparedImage(ContentFile):
    """The widest file of an image, which is its content, and the narrower ones.

    files holds the bytes of all by name, others of all but the widest.
    """

    def __init__(self, files: dict[str, bytes]):
        (name, content), *others = files.items()
        super().__init__(content, name)
        self.files = files
        self.others = dict(others)

    def renamed(self) -> "PreparedImage":
        """Return the same image under other names, to be stored besides."""
        token = secrets.token_hex(16)
        renamed = {
            f"{token}-{name.partition('-')[2]}": body
            for name, body in self.files.items()
        }
        return PreparedImage(renamed)

    def data_url(self, name: str) -> str:
        """Return one of the files as an address that is the file."""
        body = b64encode(self.files[name]).decode()
        return f"data:{TYPES[PurePosixPath(name).suffix]};base64,{body}"


def prepare_image(upload: File) -> PreparedImage:
    """Return what an uploaded JPEG, PNG or WebP shows, ready to be stored.

    Of an animation it is the first frame. Each process decodes one at a time, in at
    most about 700 MB for a WebP of 40 megapixels and 100 MB for the JPEG of a camera.

    Raise ValidationError, worded for an editor, when upload is anything else.
    """
    if upload.size > MAX_BYTES:
        raise ValidationError(
            _("This file has %(size)d MB; at most 10 MB are possible.")
            % {"size": -(-upload.size // 1024**2)}
        )
    try:
        # Only what these three decoders take for theirs is ever looked into.
        with one_at_a_time, Image.open(upload, formats=FORMATS) as image:
            check_cost(image, upload)
            image = shrunk(image)
        return PreparedImage(encoded(image))
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(too_large()) from None
    except UnidentifiedImageError:
        raise ValidationError(refusal(upload)) from None
    # Decoders fail in many ways on damaged files; to the editor all are one.
    except Exception:
        logger.info("An upload could not be decoded.", exc_info=True)
        raise ValidationError(damaged()) from None


def check_cost(image: Image.Image, upload: File) -> None:
    """Refuse, before decoding, what would take too much memory or time."""
    if image.width * image.height > MAX_PIXELS:
        raise ValidationError(too_large())
    if isinstance(image, JpegImageFile):
        # A progressive JPEG may draw itself over and over, each time all its pixels.
        place = upload.tell()
        upload.seek(0)
        n_scans = upload.read().count(b"\xff\xda")
        upload.seek(place)
        if n_scans > MAX_SCANS:
            raise ValidationError(damaged())


def too_large():
    return _(
        "This image has more than %(number)d megapixels. Please make it smaller "
        "first; 1600 pixels in width are all that our pages show."
    ) % {"number": MAX_PIXELS // 1_000_000}


def damaged():
    return _(
        "This image is damaged or incomplete. Please get it anew from where it came, "
        "or open it in a photo program and save a copy."
    )


def refusal(upload: File) -> str:
    """Return why a file that none of our decoders takes for its own is refused."""
    upload.seek(0)
    beginning = upload.read(1024)
    if BEGINNING_OF_OURS.match(beginning):
        return damaged()
    kinds = (
        kind
        for pattern, kind in OTHER_KINDS
        if re.match(pattern, beginning, re.DOTALL | re.IGNORECASE)
    )
    sentence = _("This file is %(kind)s; please choose a JPEG, PNG or WebP image.")
    return sentence % {"kind": next(kinds, _("no image that we can read"))}


def shrunk(image: Image.Image) -> Image.Image:
    """Return the image upright, in sRGB and on white, within LARGEST, never enlarged.

    Drawings with nothing behind them are put on white, for black lines would vanish
    from a dark page.
    """
    orientation = image.getexif().get(ExifTags.Base.Orientation)
    profile = image.info.get("icc_profile")
    box = LARGEST[::-1] if orientation in SIDEWAYS else LARGEST
    scale = min(1, box[0] / image.width, box[1] / image.height)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))

    # A JPEG can be decoded at a half, a quarter or an eighth of its size.
    image.draft(None, size)
    image = in_plain_mode(image)
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=1.5)
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, WHITE)
        paper.paste(image, mask=image)
        image = paper
    if orientation in TURNS:
        image = image.transpose(TURNS[orientation])
    image = in_srgb(image, profile)
    # Else the encoders write it into their files.
    image.info.clear()
    return image


def in_plain_mode(image: Image.Image) -> Image.Image:
    """Return the image in a mode that can be resized: L, RGB, RGBA or CMYK."""
    if image.mode.startswith("I"):
        # Sixteen bits of grey; a plain conversion would make all but the darkest white.
        return image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("L", "CMYK") else image.convert("RGB")


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the image as screens show it. A profile that does not fit is left out."""
    if profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, own, SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            pass
    return image.convert("RGB")


def encoded(image: Image.Image) -> dict[str, bytes]:
    """Return the files of an image by name, the widest WebP first.

    Nobody can guess the names, and a name never comes to mean something else.
    """
    token = secrets.token_hex(16)
    webp = {"format": "WEBP", "quality": 80, "method": 4}
    jpeg = {"format": "JPEG", "quality": 82, "optimize": True, "progressive": True}
    files = {
        webp_name(token, width): at_width(image, width, webp)
        for width in reversed(widths_to(image.width))
    }
    width = fallback_width(image.width)
    return files | {jpeg_name(token, width): at_width(image, width, jpeg)}


def at_width(image: Image.Image, width: int, options: dict) -> bytes:
    height = max(1, round(image.height * width / image.width))
    if (width, height) != image.size:
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


# Names


def widths_to(widest: int) -> list[int]:
    return [*(width for width in WIDTHS if width < widest), widest]


def fallback_width(widest: int) -> int:
    return min(FALLBACK_WIDTH, widest)


def webp_name(token: str, width: int) -> str:
    return f"{token}-{width}.webp"


def jpeg_name(token: str, width: int) -> str:
    return f"{token}-{width}.jpg"


def token_and_width(name: str) -> tuple[str, int]:
    """Take apart the name of an image's widest file, with the folders before it."""
    token, _dash, width = name.removesuffix(".webp").rpartition("-")
    return token, int(width)
