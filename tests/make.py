"""Plausible records for tests; a test states only what matters to it."""

from datetime import date
from io import BytesIO
from itertools import count

from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from impact.models import Citation, City, Metric, Program, Rating
from news.models import Article, Source
from nnsc.models import Tag
from nnsc.publishing import State
from principles.models import Principle

_numbers = count(1)


def number() -> int:
    return next(_numbers)


def source(**fields):
    return Source.objects.create(**{"name": f"Gazette {number()}"} | fields)


def tag(name=None, **fields):
    return Tag.objects.create(name=name or f"Tag {number()}", **fields)


def city(name=None, **fields):
    return City.objects.create(
        **{"name": name or f"City {number()}", "state": "OH"} | fields
    )


def program(name=None, *, cities=(), **fields):
    program = Program.objects.create(
        **{"name": name or f"Program {number()}", "kind": "local"} | fields
    )
    program.cities.set(cities)
    return program


def article(*, cities=(), tags=(), **fields):
    """Make a published article, with its source unless one is given."""
    defaults = {
        "title": f"Shootings fall for the {number()}th month",
        "dated": date(2016, 1, 1),
        "quote": "Fewer people were shot than in any year before.",
        "state": State.PUBLISHED,
        "goes_live_at": timezone.now(),
    }
    if "source" not in fields:
        defaults["source"] = source()
    article = Article.objects.create(**defaults | fields)
    article.cities.set(cities)
    article.tags.set(tags)
    return article


def citation(**fields):
    defaults = {
        "authors": f"Doe, J., & Roe, R. {number()}",
        "year": 2008,
        "title": "What the letters changed",
        "url": "https://doi.org/10.1000/182",
    }
    return Citation.objects.create(**defaults | fields)


def metric_fields(**fields):
    """Return the fields of a metric that lacks nothing to be published."""
    defaults = {
        "headline": "reduction in gun homicide",
        "direction": Metric.Direction.FELL,
        "value_low": 42,
        "value_high": 42,
        "outcome": "gun homicide",
        "year_from": 1997,
        "year_to": 2002,
        "interval_not_reported": True,
        "design": Metric.Design.TIME_SERIES,
        "verification": Metric.Verification.CONFIRMED,
        "state": State.PUBLISHED,
    }
    if "city" not in fields:
        defaults["city"] = city()
    if "citation" not in fields:
        defaults["citation"] = citation()
    return defaults | fields


def metric(**fields):
    return Metric.objects.create(**metric_fields(**fields))


def metric_under_review(**fields):
    defaults = {
        "value_low": None,
        "value_high": None,
        "verification": Metric.Verification.UNVERIFIED,
        "listed_under_review": True,
        "state": State.DRAFT,
    }
    return metric(**defaults | fields)


def correction(figure=None, note="It had been misread.", **fields):
    """Change what a figure says, with a note; return what is public of it."""
    changed = Metric.objects.get(pk=(figure or metric()).pk)
    fields = fields or {"value_low": 40, "value_high": 40}
    for name, value in fields.items():
        setattr(changed, name, value)
    changed.correction_note = note
    changed.save()
    return changed.corrections.latest("id")


def rating(metric, **fields):
    defaults = {
        "body": "CrimeSolutions (NIJ)",
        "rating": "Promising - one study",
        "url": "https://ratings.example/182",
    }
    return Rating.objects.create(metric=metric, **defaults | fields)


def principle(title=None, **fields):
    defaults = {
        "title": title or f"Principle {number()}",
        "body": "It counts its own side effects as part of the result.",
        "position": number(),
        "state": State.PUBLISHED,
    }
    return Principle.objects.create(**defaults | fields)


def staff(role=None, **fields):
    """Make a member of staff who is in the group of that name."""
    user = User.objects.create_user(
        **{"username": f"staff{number()}", "is_staff": True} | fields
    )
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def superuser():
    return staff(is_superuser=True)


def upload(picture=None, *, name="photo.jpg", size=(1800, 120), **options):
    """Make the file that an editor chooses, out of a picture of Pillow's.

    It is wide enough for every width that is kept, and flat, to be encoded soon.
    options are of Pillow's save(), such as format="PNG".
    """
    picture = picture or Image.new("RGB", size, "teal")
    file = BytesIO()
    picture.save(file, **{"format": "JPEG"} | options)
    return SimpleUploadedFile(name, file.getvalue())
