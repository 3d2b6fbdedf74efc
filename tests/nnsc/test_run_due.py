"""What is done by a clock, if there is one: never, late or twice is all the same."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

import make
from at_once import at_once
from nnsc import sweeping, trash
from nnsc.history import record_change
from nnsc.images import FOLDER
from nnsc.models import Act, Revision, Tag, Version
from nnsc.sweeping import sweep_images
from nnsc.trash import in_trash, move_to_trash

pytestmark = pytest.mark.django_db


def run_due() -> str:
    said = StringIO()
    call_command("run_due", stdout=said)
    return said.getvalue()


def stored() -> set[str]:
    folder = Path(default_storage.path(FOLDER))
    return {file.name for file in folder.iterdir()} if folder.exists() else set()


def names_of(image) -> set[str]:
    names = [*image.webp_names().values(), image.jpeg_name()]
    return {Path(name).name for name in names}


def let_age(days, names):
    then = (timezone.now() - timedelta(days=days)).timestamp()
    for name in names:
        os.utime(default_storage.path(f"{FOLDER}/{name}"), (then, then))


def tag_deleted_long_ago():
    tag = make.tag()
    move_to_trash(Tag, [tag.pk], Revision.of(None, Act.DELETED))
    moment = timezone.now() - timedelta(days=31)
    Revision.objects.filter(act=Act.DELETED).update(made_at=moment)


def test_it_says_what_it_did_and_the_second_time_that_nothing_was_due():
    tag_deleted_long_ago()

    assert "Erased from the trash: 1." in run_due()
    assert "Erased from the trash: 0." in run_due()


def test_what_fails_is_told_and_keeps_nothing_else_from_it(monkeypatch, caplog):
    def fail():
        raise OSError("No such disk")

    monkeypatch.setattr(trash, "empty_trash", fail)
    monkeypatch.setattr(sweeping, "sweep_images", lambda: "Swept.")
    said = StringIO()

    with pytest.raises(CommandError, match=r"nnsc\.trash\.empty_trash"):
        call_command("run_due", stdout=said)

    assert said.getvalue() == "Swept.\n"
    assert "No such disk" in caplog.text


def test_images_that_nothing_shows_are_removed_once_they_are_a_day_old():
    shown = make.city(image=make.upload(), image_alt="A street.")
    left = make.city(image=make.upload(), image_alt="A street.").image
    type(shown).objects.filter(image=left.name).update(image="")
    let_age(30, names_of(shown.image))
    let_age(0.9, names_of(left))
    assert sweep_images() == "Files of images removed: 0."
    let_age(1.1, names_of(left))

    assert sweep_images() == "Files of images removed: 4."

    assert stored() == names_of(shown.image)


def test_images_that_the_history_shows_are_never_swept():
    city = make.city(image=make.upload(), image_alt="A street.")
    record_change(city, by=None, act=Act.ADDED)
    names = names_of(city.image)
    type(city).objects.update(image="")
    let_age(30, names)
    sweep_images()
    assert stored() == names
    Version.objects.all().delete()

    sweep_images()

    assert stored() == set()


def test_images_of_what_is_in_the_trash_are_never_swept():
    city = make.city(image=make.upload(), image_alt="A street.")
    names = names_of(city.image)
    move_to_trash(type(city), [city.pk], Revision.of(None, Act.DELETED))
    let_age(30, names)

    sweep_images()

    assert stored() == names


def test_files_that_are_none_of_ours_are_left_alone():
    default_storage.save(f"{FOLDER}/notes.txt", make.upload())
    let_age(30, ["notes.txt"])

    sweep_images()

    assert stored() == {"notes.txt"}


def test_a_site_that_never_had_an_image_has_none_to_sweep():
    assert sweep_images() == "Files of images removed: 0."


def test_twice_at_once_is_once(transactional_db):
    for _ in range(3):
        tag_deleted_long_ago()
    left = make.city(image=make.upload(), image_alt="A street.").image
    names = names_of(left)
    let_age(2, names)
    type(left.instance).objects.update(image="")

    said = at_once(*[run_due] * 4)

    assert len(said) == 4
    assert not in_trash().exists()
    assert not names & stored()
