"""Images that an editor chooses: what is kept of them, and what is refused."""

import contextlib
import io
import re
import struct
import tracemalloc
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image, ImageCms

import make
from impact.models import City
from nnsc.images import prepare_image
from reading import errors_of
from uploading import ADD, SCRIPT, WORDS, kind_of, taken, typed

pytestmark = pytest.mark.django_db


def refusal(editor, image):
    """Return the one sentence with which an image is refused."""
    (sentence,) = errors_of(editor.post(ADD, typed(image)))["image"]
    assert not City.objects.exists()
    return sentence


def opened(city, width=None):
    """Return what a file of the city's image shows, by default of the widest."""
    names = city.image.webp_names()
    name = names[width or max(names)]
    with city.image.storage.open(name) as file:
        image = Image.open(file)
        image.load()
    return image


def file_of(content, name="photo.jpg"):
    return SimpleUploadedFile(name, content)


def profile_of(space):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()


def png_of(width, height, *, chunks=b""):
    """Make the head of a PNG by hand, with one line of pixels."""

    def chunk(kind, body):
        checked = kind + body
        length, checksum = struct.pack(">I", len(body)), zlib.crc32(checked)
        return length + checked + struct.pack(">I", checksum)

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(1 + 3 * width)))
    return b"\x89PNG\r\n\x1a\n" + head + chunks + pixels + chunk(b"IEND", b"")


# What is kept


def test_an_image_is_kept_in_all_widths_that_pages_use(editor, stored):
    city = taken(editor, make.upload(size=(3000, 2000)))

    assert [kind_of(name) for name in stored()] == [
        "1600.webp",
        "480.webp",
        "960.jpg",
        "960.webp",
    ]
    assert (city.image_width, city.image_height) == (1600, 1067)
    assert opened(city, 480).size == (480, 320)


def test_a_small_image_is_never_enlarged(editor, stored):
    city = taken(editor, make.upload(size=(700, 350)))

    kinds = [kind_of(name) for name in stored()]
    assert kinds == ["480.webp", "700.jpg", "700.webp"]
    assert opened(city).size == (700, 350)


@pytest.mark.parametrize(
    "size, kept",
    [
        ((1, 1), (1, 1)),
        ((1200, 1), (1200, 1)),
        ((1, 20_000), (1, 2400)),
        ((20_000, 40), (1600, 3)),
        ((1000, 16_400), (146, 2400)),
    ],
)
def test_an_image_of_any_shape_is_kept(editor, size, kept):
    assert opened(taken(editor, make.upload(size=size))).size == kept


@pytest.mark.parametrize(
    "picture, options",
    [
        (Image.new("RGB", (30, 20), "#c00"), {"format": "PNG"}),
        (Image.new("RGB", (30, 20), "#c00"), {"format": "WEBP"}),
        (Image.new("RGB", (30, 20), "#c00"), {"format": "JPEG", "progressive": True}),
        (Image.new("CMYK", (30, 20), (0, 255, 255, 52)), {"format": "JPEG"}),
        (Image.new("RGB", (30, 20), "#c00").convert("P"), {"format": "PNG"}),
        (Image.new("RGBA", (30, 20), "#c00"), {"format": "PNG"}),
    ],
)
def test_colors_come_through_every_format(editor, picture, options):
    city = taken(editor, make.upload(picture, **options))

    red, green, blue = opened(city).getpixel((15, 10))
    assert red > 180
    assert green < 30
    assert blue < 30


def test_a_transparent_drawing_is_put_on_white(editor):
    drawing = Image.new("P", (20, 10), 0)
    drawing.putpalette([0, 0, 0, 200, 0, 0])
    city = taken(editor, make.upload(drawing, format="PNG", transparency=0))

    assert min(opened(city).getpixel((10, 5))) > 250


@pytest.mark.parametrize("transparency", [None, 32_768])
def test_sixteen_bits_of_grey_stay_grey(editor, transparency):
    grey = Image.new("I;16", (20, 10), 32_768)
    if transparency:
        grey.info["transparency"] = transparency
    city = taken(editor, make.upload(grey, format="PNG"))

    assert 120 < opened(city).getpixel((10, 5))[0] < 136


def test_a_photo_that_was_taken_sideways_stands_upright(editor):
    photo = Image.new("RGB", (2000, 1000), "black")
    photo.paste("white", (0, 0, 1000, 1000))
    exif = Image.Exif()
    # The top of what was seen is at the right.
    exif[ExifTags.Base.Orientation] = 6
    city = taken(editor, make.upload(photo, exif=exif))

    shown = opened(city)
    assert shown.size == (1000, 2000)
    assert shown.getpixel((500, 200))[0] > 200
    assert shown.getpixel((500, 1800))[0] < 50
    assert (city.image_width, city.image_height) == (1000, 2000)


def test_nothing_that_the_camera_noted_is_kept(editor, settings):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Secret camera"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    upload = make.upload(
        exif=exif,
        icc_profile=profile_of("sRGB"),
        comment="Secret comment",
        xmp=b"Secret <x:xmp/>",
    )
    for secret in [b"Secret camera", b"Secret comment", b"Secret <x", b"acsp"]:
        assert secret in upload.read()
        upload.seek(0)
    city = taken(editor, upload)

    shown = opened(city)
    assert dict(shown.getexif()) == {}
    assert not {"exif", "icc_profile", "xmp", "comment"} & shown.info.keys()
    for file in settings.MEDIA_ROOT.rglob("*.*"):
        body = file.read_bytes()
        for trace in [b"Secret", b"Exif", b"acsp", b"ICC", b"XMP"]:
            assert trace not in body


def test_colors_mean_what_the_profile_of_the_image_says(editor):
    # A profile by hand, in which red and green have changed places.
    profile = profile_of("sRGB")
    for old, new in [(b"rXYZ", b"____"), (b"gXYZ", b"rXYZ"), (b"____", b"gXYZ")]:
        profile = profile.replace(old, new)
    red = Image.new("RGB", (40, 30), "red")

    city = taken(editor, make.upload(red, icc_profile=profile))

    shown = opened(city).getpixel((20, 15))
    assert shown[0] < 40
    assert shown[1] > 200


@pytest.mark.parametrize("profile", [profile_of("LAB"), b"junk"])
def test_a_profile_that_does_not_fit_is_left_out(editor, profile):
    red = Image.new("RGB", (40, 30), "red")

    city = taken(editor, make.upload(red, icc_profile=profile))

    assert opened(city).getpixel((20, 15))[0] > 200


@pytest.mark.parametrize("tail", [SCRIPT, b"PK\x03\x04" + SCRIPT])
def test_what_hides_behind_an_image_never_reaches_the_disk(editor, settings, tail):
    png = make.upload(format="PNG").read() + tail
    taken(editor, file_of(png, name="../../<script>.php"))

    files = [file for file in settings.MEDIA_ROOT.rglob("*") if file.is_file()]
    assert len(files) == 4
    for file in files:
        assert SCRIPT not in file.read_bytes()
        assert re.fullmatch(r"[0-9a-f]{32}-\d+\.(webp|jpg)", file.name)


@pytest.mark.parametrize(
    "name", ["photo.png", "photo.svg", "photo", "x" * 200 + ".gif"]
)
def test_the_content_counts_and_not_the_name(editor, name):
    assert opened(taken(editor, make.upload(name=name))).size == (1600, 107)


def test_of_a_photo_with_depth_the_photo_is_kept(editor):
    photo, depth = Image.new("RGB", (40, 20), "red"), Image.new("RGB", (40, 20))
    upload = make.upload(photo, format="MPO", save_all=True, append_images=[depth])

    assert opened(taken(editor, upload)).getpixel((5, 5))[0] > 200


def test_an_image_that_moves_costs_no_more_than_one_that_does_not(editor):
    first, *others = (
        Image.new("RGB", (8, 8), (n % 256, n // 256, 0)) for n in range(10_001)
    )
    upload = make.upload(
        first, format="WEBP", save_all=True, append_images=others, lossless=True
    )
    with Image.open(io.BytesIO(upload.read())) as moving:
        assert moving.n_frames > 9_000
    upload.seek(0)

    shown = opened(taken(editor, upload))

    assert shown.size == (8, 8)
    assert max(shown.getpixel((4, 4))) < 30


# What is refused


@pytest.mark.parametrize(
    "content, name, kind",
    [
        (b'<?xml version="1.0"?>\n<svg xmlns="x"/>', "a.png", "an SVG drawing"),
        (b"<!DOCTYPE html><html><svg>", "a.jpg", "a web page"),
        (b"GIF89a\1\0\1\0", "a.png", "a GIF"),
        (b"\0\0\0\x18ftypheic", "IMG_1.jpg", "a HEIC photo, as phones store them"),
        (b"\0\0\0\x18ftypavif", "a.avif", "an AVIF image"),
        (b"\0\0\0\x18ftypmp42", "a.jpg", "a video"),
        (b"II*\0", "a.tif", "a TIFF image"),
        (b"%PDF-1.7", "a.jpg", "a PDF document"),
        (b"PK\x03\x04", "a.docx", "a document or an archive"),
        (b"\0" * 100, "a.jpg", "no image that we can read"),
        (b"P6 1 1 255 abc", "a.png", "no image that we can read"),
    ],
)
def test_a_file_of_another_kind_is_named(editor, stored, content, name, kind):
    assert refusal(editor, file_of(content, name)) == (
        f"This file is {kind}; please choose a JPEG, PNG or WebP image."
    )
    assert stored() == []


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.001, 0.3, 0.9])
def test_an_image_that_was_not_copied_to_its_end_is_refused(editor, form, part):
    noise = Image.effect_noise((300, 200), 80)
    whole = make.upload(noise, format=form).read()
    cut = whole[: max(16, int(len(whole) * part))]

    assert "damaged or incomplete" in refusal(editor, file_of(cut))


def test_an_image_with_a_broken_middle_is_never_an_error_of_ours(editor):
    whole = make.upload(Image.effect_noise((60, 40), 80), format="PNG").read()
    for at in range(8, len(whole), 97):
        broken = whole[:at] + b"\xff\x00\xff" + whole[at + 3 :]
        with contextlib.suppress(ValidationError):
            prepare_image(file_of(broken))


def test_an_empty_file_is_refused(editor):
    assert refusal(editor, file_of(b"")) == "This file is empty. Please choose another."


def test_a_large_file_is_refused_before_it_is_looked_into(editor):
    large = make.upload().read().ljust(11 * 1024 * 1024, b"\0")

    assert refusal(editor, file_of(large)) == (
        "This file has 11 MB; at most 10 MB are possible."
    )


@pytest.mark.parametrize("size", [(8_000, 5_001), (10_000, 10_000), (16_000, 16_000)])
def test_a_bomb_is_refused_before_it_is_decoded(editor, size):
    bomb = file_of(png_of(*size))
    tracemalloc.start()
    sentence = refusal(editor, bomb)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert "more than 40 megapixels" in sentence
    assert peak < 20_000_000


def test_a_jpeg_that_draws_itself_over_and_over_is_refused(editor):
    whole = make.upload(Image.new("L", (64, 64)), progressive=True).read()
    last_scan = whole[whole.rindex(b"\xff\xda") : -2]
    endless = whole[:-2] + last_scan * 1000 + whole[-2:]

    assert "damaged" in refusal(editor, file_of(endless))


def test_a_text_chunk_that_swells_is_refused(editor):
    swelling = b"Comment\0\0" + zlib.compress(bytes(100_000_000))
    chunk = b"zTXt" + swelling
    chunk = (
        struct.pack(">I", len(swelling)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )

    assert "damaged" in refusal(editor, file_of(png_of(10, 10, chunks=chunk)))


def test_what_else_was_typed_stays_when_an_image_is_refused(editor):
    response = editor.post(ADD, typed(file_of(b"GIF89a"), description="Kept as typed"))

    assert "image" in errors_of(response)
    assert "Kept as typed" in response.content.decode()
    assert WORDS in response.content.decode()
