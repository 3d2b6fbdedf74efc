"""Files of images that nobody points to: neither a record, nor a version of one.

They are left behind where a machine stopped between writing a file and saving its
record, or where removing it failed.
"""

import re
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone

from nnsc.changes import content_models
from nnsc.converters import ImageName
from nnsc.illustrated import SiteImageField
from nnsc.images import FOLDER
from nnsc.models import Version

# What is younger may belong to a record that is being saved.
LEFT_FOR = timedelta(days=1)


def sweep_images() -> str:
    """Remove the files that nobody points to; say how many.

    Where any file is old enough it reads the names of all images, in two queries for
    each model that has one. Cut off or run twice at once, it does no harm.
    """
    old = [name for name in files() if is_old(name)]
    # Asked after the files were listed, so that none of them is new to the records.
    tokens = tokens_in_use() if old else set()
    swept = [name for name in old if token_of(name) not in tokens]
    for name in swept:
        default_storage.delete(f"{FOLDER}/{name}")
    return f"Files of images removed: {len(swept):,}."


def files() -> list[str]:
    """Return the names of the files of images, and of nothing else in the folder."""
    try:
        _folders, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return []
    return [name for name in names if re.fullmatch(ImageName.regex, name)]


def is_old(name: str) -> bool:
    try:
        modified_at = default_storage.get_modified_time(f"{FOLDER}/{name}")
    except FileNotFoundError:
        # Another sweep was quicker.
        return False
    return modified_at < timezone.now() - LEFT_FOR


def token_of(name: str) -> str:
    """Return what the names of all files of an image have in common."""
    return name.rpartition("/")[2].rpartition("-")[0]


def tokens_in_use() -> set[str]:
    tokens = set()
    for model, field in image_fields():
        records = model._base_manager.exclude(**{field.name: ""})
        names = records.values_list(field.name, flat=True).iterator()
        tokens.update(map(token_of, names))
        versions = Version.objects.filter(label=model._meta.label_lower)
        names = versions.values_list(f"data__{field.name}", flat=True).iterator()
        tokens.update(token_of(name) for name in names if name)
    return tokens


def image_fields() -> list[tuple[type[models.Model], models.Field]]:
    return [
        (model, field)
        for model in content_models()
        for field in model._meta.fields
        if isinstance(field, SiteImageField)
    ]
