"""Links to pages elsewhere, of which none runs anything."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

SCHEMES = ["http", "https"]
SAFE = re.compile(r"https?://[^\x00-\x20\x7f]+", re.IGNORECASE)


class LinkField(models.URLField):
    """An address of the web. What is none, such as javascript:…, is never stored.

    Forms and full_clean() say so; whoever saves past them, as an import may, meets a
    ValidationError. In the database it is Django's own field.
    """

    default_validators = [
        URLValidator(
            schemes=SCHEMES,
            message=_("Enter the address of a page, which begins with https://."),
        )
    ]

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.URLField", args, kwargs

    def get_db_prep_save(self, value, connection):
        if isinstance(value, str) and value and not SAFE.fullmatch(value):
            raise ValidationError({self.name: self.default_validators[0].message})
        return super().get_db_prep_save(value, connection)
