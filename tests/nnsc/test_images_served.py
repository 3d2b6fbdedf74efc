"""Images in the reader’s hands, and in every form."""

import io

import pytest
from PIL import Image

import make
from impact.models import City, Program
from news.models import Article
from principles.models import Principle
from reading import HTML, parse
from uploading import SCRIPT, WORDS

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make.city("Gary", image=make.upload(), image_alt=WORDS)


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
