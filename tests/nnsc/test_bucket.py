"""Images in a bucket: kept, shown and removed as on a disk."""

import runpy
from pathlib import Path

import boto3
import pytest
from django.conf import settings as site_settings
from django.core.files.storage import default_storage

import make
import services
from nnsc.backing_up import back_up
from nnsc.environment import SettingError
from nnsc.images import FOLDER
from nnsc.restoring import contents, restore

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    with services.s3(tmp_path_factory.mktemp("s3")) as address:
        yield address


@pytest.fixture
def load(monkeypatch, tmp_path):
    """Return the settings that an environment makes."""

    def load(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(Path(site_settings.BASE_DIR, "nnsc/settings.py")))

    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MEDIA_BUCKET", "nnsc-media")
    return load


@pytest.fixture
def bucket(endpoint, load, monkeypatch, settings):
    """Let images go to a bucket, as the settings of a site say; yield the bucket."""
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]:
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    loaded = load(MEDIA_ENDPOINT=endpoint)
    bucket = boto3.resource("s3", endpoint_url=endpoint).Bucket("nnsc-media")
    bucket.create()
    settings.MEDIA_BUCKET = loaded["MEDIA_BUCKET"]
    settings.MEDIA_ENDPOINT = loaded["MEDIA_ENDPOINT"]
    settings.MEDIA_URL = loaded["MEDIA_URL"]
    settings.STORAGES = loaded["STORAGES"]
    yield bucket
    bucket.objects.delete()
    bucket.delete()


def keys(bucket):
    return {entry.key for entry in bucket.objects.all()}


def test_an_image_is_kept_in_the_bucket_and_shown_at_its_address(bucket, client):
    article = make.article(image=make.upload(), image_decorative=True)

    names = {*article.image.webp_names().values(), article.image.jpeg_name()}
    assert keys(bucket) == names
    assert article.image.url == f"/media/{article.image.name}"
    shown = client.get(article.image.url)
    assert shown["Content-Type"] == "image/webp"
    assert shown.content[8:12] == b"WEBP"
    entry = bucket.Object(article.image.name)
    assert entry.content_type == "image/webp"
    assert "immutable" in entry.cache_control


def test_an_image_that_is_replaced_or_deleted_leaves_the_bucket(
    bucket, django_capture_on_commit_callbacks
):
    article = make.article(image=make.upload(), image_decorative=True)
    before = keys(bucket)

    with django_capture_on_commit_callbacks(execute=True):
        article.image = make.upload(size=(500, 500))
        article.save()
    assert keys(bucket)
    assert not keys(bucket) & before
    with django_capture_on_commit_callbacks(execute=True):
        article.delete()
    assert keys(bucket) == set()


def test_an_image_that_is_not_there_is_not_found(bucket, client):
    assert client.get(f"/media/images/{'0' * 32}-480.webp").status_code == 404


def test_nothing_in_the_bucket_is_ever_written_over(bucket):
    name = default_storage.save(f"{FOLDER}/a.webp", make.upload())
    other = default_storage.save(f"{FOLDER}/a.webp", make.upload(size=(10, 10)))

    assert name != other
    assert keys(bucket) == {name, other}


def test_readers_may_get_images_from_another_host(bucket, load, settings):
    loaded = load(MEDIA_ORIGIN="https://images.example.org")
    settings.MEDIA_URL = loaded["MEDIA_URL"]
    article = make.article(image=make.upload(), image_decorative=True)

    policy = loaded["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert article.image.url == f"https://images.example.org/{article.image.name}"
    assert "https://images.example.org" in policy["img-src"]


def test_an_address_that_is_none_is_refused(load):
    with pytest.raises(SettingError, match="MEDIA_ENDPOINT must begin with http"):
        load(MEDIA_ENDPOINT="s3.example.org")


def test_a_backup_has_what_the_bucket_has_and_a_restore_brings_it_back(
    bucket, tmp_path
):
    article = make.article(image=make.upload(), image_decorative=True)
    before = keys(bucket)
    backup = back_up(tmp_path)
    assert (backup.n_images, backup.lost) == (len(before), set())
    bucket.objects.delete()

    restore(contents(backup.path))

    assert keys(bucket) == before
    assert bucket.Object(article.image.name).content_type == "image/webp"
