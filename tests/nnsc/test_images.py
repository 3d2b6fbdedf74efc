"""Images from an editor's form to the reader: what is kept, refused, shown, removed."""

import contextlib
import io
import re
import struct
import tracemalloc
import zlib
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from PIL import ExifTags, Image, ImageCms

import make
from impact.models import City, Program
from news.models import Article
from nnsc.images import prepare_image
from nnsc.publishing import State
from principles.models import Principle
from reading import HTML, errors_of, parse

pytestmark = pytest.mark.django_db

ADD = "/admin/impact/city/add/"
WORDS = "Two outreach workers talk with a young man."
SCRIPT = b"<script>alert(document.cookie)</script>"


@pytest.fixture
def editor(client):
    client.force_login(make.staff("Editor"))
    return client


@pytest.fixture
def stored(settings):
    """Return the names of the files that are stored, each time it is called."""
    return lambda: sorted(file.name for file in settings.MEDIA_ROOT.rglob("*.*"))


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Do what waits for a commit, which a test never makes."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def typed(image=None, **fields):
    """Return what the browser sends of the form of a city."""
    if image:
        fields = {"image_alt": WORDS, "image": image} | fields
    table = {"aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}
    return {"name": "Gary", "state": "IN", "kind": "city"} | table | fields


def change(city):
    return f"/admin/impact/city/{city.pk}/change/"


def refusal(editor, image):
    """Return the one sentence with which an image is refused."""
    (sentence,) = errors_of(editor.post(ADD, typed(image)))["image"]
    assert not City.objects.exists()
    return sentence


def taken(editor, image):
    """Return the city with the image that an editor chose."""
    response = editor.post(ADD, typed(image))
    assert response.status_code == 302, errors_of(response)
    return City.objects.get()


def opened(city, width=None):
    """Return what a file of the city's image shows, by default of the widest."""
    names = city.image.webp_names()
    name = names[width or max(names)]
    with city.image.storage.open(name) as file:
        image = Image.open(file)
        image.load()
    return image


def kind_of(name):
    return re.sub(r"^[0-9a-f]{32}-", "", name)


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
    assert opened(taken(editor, make.upload(name=name))).size == (1600, 1067)


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


def kept(response) -> str:
    """Return what the form that came back sends in the place of the image."""
    return response.context["adminform"].form["image"].field.widget.kept["token"]


def test_an_image_is_kept_when_something_else_is_wrong(editor, stored):
    response = editor.post(ADD, typed(make.upload(size=(600, 400)), name=""))

    assert list(errors_of(response)) == ["name"]
    assert "Chosen, not saved yet" in response.text
    fields = typed(image_alt=WORDS, **{"image-kept": kept(response)})
    assert editor.post(ADD, fields).status_code == 302

    city = City.objects.get()
    assert (city.image_width, city.image_height) == (600, 400)
    names = [*city.image.webp_names().values(), city.image.jpeg_name()]
    assert {Path(name).name for name in names} < set(stored())


def test_two_records_never_share_a_kept_image(editor, stored, committed):
    token = kept(editor.post(ADD, typed(make.upload(size=(600, 400)), name="")))
    for name in ("Gary", "Chicago"):
        fields = {"name": name, "image_alt": WORDS, "image-kept": token}
        editor.post(ADD, typed(**fields))
    gary, chicago = City.objects.order_by("-name").filter(name__in=["Gary", "Chicago"])

    with committed():
        gary.delete()

    assert Path(chicago.image.name).name in stored()
    assert gary.image.name != chicago.image.name


def test_another_image_takes_the_place_of_a_kept_one(editor):
    token = kept(editor.post(ADD, typed(make.upload(size=(600, 400)), name="")))

    other = make.upload(size=(300, 200))
    editor.post(ADD, typed(other, image_alt=WORDS, **{"image-kept": token}))

    assert City.objects.get().image_width == 300


def test_a_kept_image_that_is_not_wanted_is_left_out(editor):
    assert kept(editor.post(ADD, typed(make.upload(), name="")))

    editor.post(ADD, typed())

    assert not City.objects.get().image


@pytest.mark.parametrize("token", ["x", "WyJhIl0:1:x", "../../etc/passwd", "\0"])
def test_a_kept_image_that_is_none_is_asked_for_again(editor, token, stored):
    response = editor.post(ADD, typed(**{"image-kept": token}))

    assert "Please choose it again" in errors_of(response)["image"][0]
    assert stored() == []


def test_an_image_is_not_kept_for_ever(editor, time_machine):
    time_machine.move_to("2016-01-25T10:00:00Z")
    token = kept(editor.post(ADD, typed(make.upload(), name="")))
    time_machine.move_to("2016-01-25T22:10:00Z")
    editor.force_login(make.staff("Editor"))

    response = editor.post(ADD, typed(**{"image-kept": token}))

    assert "Please choose it again" in errors_of(response)["image"][0]


def test_a_text_in_the_place_of_the_file_changes_nothing(editor, stored):
    assert editor.post(ADD, typed(image="photo.jpg")).status_code == 302
    assert not City.objects.get().image
    assert stored() == []


# Replaced, removed, lost


@pytest.fixture
def city(stored):
    city = make.city("Gary", image=make.upload(), image_alt=WORDS)
    assert len(stored()) == 4
    return city


def test_a_replaced_image_goes_once_the_new_one_is_safe(city, stored, committed):
    before = stored()
    with committed():
        city.image = make.upload(size=(600, 300))
        city.save()
        assert set(before) < set(stored())

    assert [kind_of(name) for name in stored()] == ["480.webp", "600.jpg", "600.webp"]


def test_a_replaced_image_stays_where_the_history_shows_it(
    editor, city, stored, committed
):
    before = stored()
    with committed():
        editor.post(change(city), typed(make.upload(size=(600, 300))))

    city.refresh_from_db()
    assert set(before) < set(stored())
    assert Path(city.image.name).name in set(stored()) - set(before)
    assert (city.image_width, city.image_height) == (600, 300)


def test_an_image_is_removed_by_ticking_its_box(editor, city, stored, committed):
    page = editor.get(change(city)).content.decode()
    assert city.image.narrowest_url() in page
    assert 'name="image-clear"' in page

    with committed():
        editor.post(change(city), typed(**{"image-clear": "on", "image_alt": WORDS}))

    city.refresh_from_db()
    assert not city.image
    assert (city.image_width, city.image_height) == (None, None)
    # Else they would speak of the next image.
    assert city.image_alt == ""
    # The history shows it.
    assert len(stored()) == 4


def test_both_a_new_image_and_none_cannot_be_had(editor, city, stored):
    before = stored()
    contradiction = typed(make.upload(), **{"image-clear": "on"})

    errors = errors_of(editor.post(change(city), contradiction))

    assert "Please do one of the two." in errors["image"][0]
    assert stored() == before


def test_saving_the_rest_leaves_the_image_alone(editor, city, stored, committed):
    before = stored()
    with committed():
        editor.post(change(city), typed(name="Gary!", image_alt=WORDS))

    city.refresh_from_db()
    assert city.name == "Gary!"
    assert stored() == before
    assert city.image_alt == WORDS


def test_the_image_of_a_deleted_record_goes_with_it(editor, city, stored, committed):
    with committed():
        City.objects.only("name").filter(pk=city.pk).delete()
        assert len(stored()) == 4

    assert stored() == []


def test_an_image_stays_when_the_record_cannot_be_saved(city, stored, committed):
    before, name = stored(), city.image.name
    city.image = make.upload()
    city.kind = None  # NOT NULL

    with pytest.raises(DatabaseError), committed(), transaction.atomic():
        city.save()

    city.refresh_from_db()
    assert city.image.name == name
    assert stored() == before


def test_an_image_stays_when_what_follows_its_save_fails(city, stored, committed):
    before = stored()
    city.image = make.upload()

    def save_twice():
        with transaction.atomic():
            city.save()
            make.city("Gary", state=city.state)

    with committed(), pytest.raises(IntegrityError):
        save_twice()

    city.refresh_from_db()
    assert set(before) <= set(stored())
    assert Path(city.image.name).name in before


def test_an_image_is_stored_whole_or_not_at_all(city, stored, monkeypatch):
    before, real = stored(), FileSystemStorage._save

    def full_disk(self, name, content):
        if name.endswith(".jpg"):
            raise OSError(28, "No space left on device")
        return real(self, name, content)

    monkeypatch.setattr(FileSystemStorage, "_save", full_disk)
    with pytest.raises(OSError, match="No space"):
        make.city("Elsewhere", image=make.upload())

    assert not City.objects.filter(name="Elsewhere").exists()
    assert stored() == before


def test_who_saves_an_older_copy_does_not_bring_a_removed_image_back(
    city, stored, committed
):
    older_copy = City.objects.get(pk=city.pk)
    with committed():
        city.image, city.image_alt = make.upload(), "Another."
        city.save()
        older_copy.description = "Typed meanwhile."
        older_copy.save()

    older_copy.refresh_from_db()
    assert older_copy.description == "Typed meanwhile."
    assert older_copy.image == city.image
    assert older_copy.image_alt == "Another."
    assert Path(older_copy.image.name).name in stored()


def test_an_image_is_saved_by_its_name_alone(city, committed, stored):
    with committed():
        city.image = make.upload(size=(200, 100))
        city.save(update_fields=["image"])
        city.description = "x"
        city.save(update_fields=["description"])

    city.refresh_from_db()
    assert (city.image_width, city.image_height) == (200, 100)
    assert [kind_of(name) for name in stored()] == ["200.jpg", "200.webp"]


def test_an_image_survives_that_the_form_is_asked_again(editor, monkeypatch, stored):
    """A conflict in the database makes the admin ask the form once more."""
    real, refused = City.save, []

    def save_at_second_try(self, *args, **kwargs):
        if not refused:
            refused.append(self)
            raise IntegrityError
        real(self, *args, **kwargs)

    monkeypatch.setattr(City, "save", save_at_second_try)

    assert taken(editor, make.upload()).image
    assert len(stored()) == 4


def test_who_may_not_change_a_published_article_sees_its_image(client):
    article = make.article(image=make.upload(), image_alt=WORDS)
    client.force_login(make.staff("Contributor"))

    page = client.get(f"/admin/news/article/{article.pk}/change/").content.decode()

    assert article.image.url in page
    assert 'type="file"' not in page


# Words for those who cannot see it


def test_a_city_is_not_shown_with_an_image_without_words(editor):
    errors = errors_of(editor.post(ADD, typed(make.upload(), image_alt=" ")))

    assert errors["image_alt"][0].startswith("Say what the image shows")
    assert not City.objects.exists()
    decorative = typed(make.upload(), image_alt="", image_decorative="on")
    assert editor.post(ADD, decorative).status_code == 302


def test_a_draft_may_wait_for_its_words_and_a_published_article_may_not(editor):
    about = {"title": "A", "kind": "news", "date": "2016", "source": make.source().pk}
    add = "/admin/news/article/add/"
    draft = about | {"state": "draft", "date": "January 2016", "image": make.upload()}
    assert editor.post(add, draft).status_code == 302
    article = Article.objects.get()

    page = f"/admin/news/article/{article.pk}/change/"
    published = about | {"state": "published", "date": "January 2016"}
    errors = errors_of(editor.post(page, published))
    assert list(errors) == ["image_alt"]

    assert editor.post(page, published | {"image_alt": WORDS}).status_code == 302
    article.refresh_from_db()
    assert article.is_live
    assert article.image


def test_a_principle_is_not_published_from_the_list_without_words(editor):
    principle = make.principle(state=State.DRAFT, image=make.upload())

    chosen = {"action": "publish", "_selected_action": principle.pk}
    page = editor.post("/admin/principles/principle/", chosen, follow=True)

    assert "Say what the image shows" in page.content.decode()
    principle.refresh_from_db()
    assert principle.state == State.DRAFT


@pytest.mark.parametrize(
    "maker", [make.article, make.city, make.program, make.principle]
)
def test_the_database_knows_the_rule_too(maker):
    with pytest.raises(IntegrityError), transaction.atomic():
        maker(image=make.upload())
    maker(image=make.upload(), image_decorative=True)


# In the reader's hands


@pytest.fixture
def address(city):
    return city.image.url


def test_an_image_may_be_kept_for_ever(client, city):
    for address, kind in [
        (city.image.url, "image/webp"),
        (city.image.jpeg_url(), "image/jpeg"),
    ]:
        response = client.get(address)
        body = response.content

        assert response.status_code == 200
        assert response["Content-Type"] == kind
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert int(response["Content-Length"]) == len(body)
        assert "Cookie" not in response.get("Vary", "")
        assert Image.open(io.BytesIO(body)).width in (960, 1600)


def test_what_a_browser_has_is_not_sent_again(client, city, address, committed):
    etag = client.get(address)["ETag"]

    again = client.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")

    with committed():
        city.delete()
    gone = client.get(address, headers={"If-None-Match": etag})
    assert gone.status_code == 404


def test_an_image_is_only_read(client, address):
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a" * 32 + "-480.webp",
        "a" * 5000,
        "a" * 5000 + "-480.webp",
        "%00.webp",
        "a" * 32 + "-480.webp%00",
        "a" * 32 + "-480.webp%0a",
        "../../db.sqlite3",
        "..%2f..%2fdb.sqlite3",
        "%2e%2e/secret_key",
        "A" * 32 + "-480.webp",
        "a" * 32 + "-0.webp",
        "a" * 32 + "-99999.webp",
        "a" * 32 + "-480.svg",
        "a" * 32 + "-480.webp/",
        "é" * 32 + "-٤٨٠.webp",
        "%ff%fe.webp",
    ],
)
def test_no_other_name_finds_a_file(client, settings, name):
    settings.MEDIA_ROOT.joinpath("images").mkdir(parents=True)
    settings.MEDIA_ROOT.parent.joinpath("db.sqlite3").write_text("secret")

    assert client.get(f"/media/images/{name}").status_code == 404


def test_other_files_of_the_folder_are_not_served(client, settings):
    settings.MEDIA_ROOT.joinpath("images").mkdir(parents=True)
    settings.MEDIA_ROOT.joinpath("images", "list.html").write_text(SCRIPT.decode())

    assert client.get("/media/images/list.html").status_code == 404
    assert client.get("/media/").status_code == 404


@pytest.mark.parametrize(
    "maker", [make.article, make.city, make.program, make.principle]
)
def test_a_page_shows_the_image_in_the_room_that_it_will_take(client, maker):
    hostile = f'"><script>alert(1)</script> {WORDS}'
    record = maker(image=make.upload(size=(1200, 900)), image_alt=hostile)

    page = parse(client.get(record.get_absolute_url()))

    picture = page.find(f".//{HTML}picture")
    source, image = picture.find(f"{HTML}source"), picture.find(f"{HTML}img")
    candidates = source.get("srcset").split(", ")
    assert [candidate.split(" ")[1] for candidate in candidates] == [
        "480w",
        "960w",
        "1200w",
    ]
    assert source.get("sizes")
    assert (image.get("width"), image.get("height")) == ("1200", "900")
    assert image.get("alt") == hostile
    assert image.get("loading") in ("lazy", "eager")
    for candidate in [*candidates, image.get("src")]:
        assert client.get(candidate.split(" ")[0]).status_code == 200


def test_a_decoration_is_passed_over_by_screen_readers(client):
    city = make.city(image=make.upload(), image_alt=WORDS, image_decorative=True)

    page = parse(client.get(city.get_absolute_url()))

    assert page.find(f".//{HTML}picture/{HTML}img").get("alt") == ""


@pytest.mark.parametrize(
    "maker", [make.article, make.city, make.program, make.principle]
)
def test_a_page_without_an_image_leaves_no_room_for_one(client, maker):
    page = client.get(maker().get_absolute_url()).content.decode()

    assert "picture" not in page


@pytest.mark.parametrize("model", [Article, City, Program, Principle])
def test_every_form_has_the_image_its_words_and_its_box(client, model):
    client.force_login(make.superuser())
    name = model._meta.label_lower.replace(".", "/")

    page = client.get(f"/admin/{name}/add/").content.decode()

    assert 'accept="image/jpeg,image/png,image/webp"' in page
    assert 'enctype="multipart/form-data"' in page
    assert 'name="image_alt"' in page
    assert 'name="image_decorative"' in page
    assert "js/admin-image.js" in page
