"""Records with an image, and the words that stand for it where it is not seen."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.db.models import Q
from django.db.models.fields.files import ImageFieldFile
from django.utils.translation import gettext_lazy as _

from nnsc.images import (
    FOLDER,
    LOST_IMAGE,
    PreparedImage,
    fallback_width,
    jpeg_name,
    prepare_image,
    token_and_width,
    webp_name,
    widths_to,
)
from nnsc.models import Version

# For a constraint in the database on what is public.
DESCRIBED = Q(image="") | Q(image_decorative=True) | ~Q(image_alt="")
NOT_DESCRIBED = _(
    "Say what the image shows, for those who cannot see it, or tick that it is "
    "decoration."
)


class ImageUploadField(forms.FileField):
    default_error_messages = {
        "empty": _("This file is empty. Please choose another."),
        "contradiction": _(
            "You chose a new image and ticked that there is to be none. Please do one "
            "of the two."
        ),
        "lost": _(
            "The image that you chose was not kept for so long. Please choose it again."
        ),
    }

    def to_python(self, data):
        if data is LOST_IMAGE:
            raise ValidationError(self.error_messages["lost"], code="lost")
        if isinstance(data, PreparedImage):
            return data
        upload = super().to_python(data)
        return upload and prepare_image(upload)


class SiteImageFile(ImageFieldFile):
    """The widest file of a stored image; knows the others by its own name."""

    # Whether it comes out of an earlier version, to be shown again.
    is_restored = False

    def webp_names(self) -> dict[int, str]:
        """Return the names by width, the narrowest first."""
        token, widest = token_and_width(self.name)
        return {width: webp_name(token, width) for width in widths_to(widest)}

    def jpeg_name(self) -> str:
        token, widest = token_and_width(self.name)
        return jpeg_name(token, fallback_width(widest))

    def srcset(self) -> str:
        return ", ".join(
            f"{self.url_of(name)} {width}w" for width, name in self.webp_names().items()
        )

    def narrowest_url(self) -> str:
        return self.url_of(min(self.webp_names().items())[1])

    def jpeg_url(self) -> str:
        return self.url_of(self.jpeg_name())

    def url_of(self, name: str) -> str:
        """Return where a file of the image is: itself, while it is stored nowhere."""
        if self._committed:
            return self.storage.url(name)
        return self.file.data_url(name)

    def save(self, name, content, save=True):
        """Store all files of an image, or none.

        What does not come prepared out of a form is prepared here, so nothing is ever
        stored as it was uploaded; that may raise ValidationError.
        """
        if not isinstance(content, PreparedImage):
            content = prepare_image(content)
        in_folder = self.field.generate_filename
        self.name = in_folder(self.instance, content.name)
        try:
            for other, body in content.others.items():
                self.storage.save(in_folder(self.instance, other), ContentFile(body))
            super().save(content.name, content, save)
        except Exception:
            self.remove()
            raise

    def let_go(self):
        """Remove the files once that is safe, unless the history shows them."""
        versions = Version.objects.filter(
            label=self.instance._meta.label_lower,
            record=self.instance.pk,
            **{f"data__{self.field.name}": self.name},
        )

        def remove():
            if not versions.exists():
                self.remove()

        transaction.on_commit(remove, robust=True)

    def remove(self):
        """Delete the files of an image that no record shows any more."""
        for name in [*self.webp_names().values(), self.jpeg_name()]:
            self.storage.delete(name)


class SiteImageField(models.ImageField):
    """An image made anew from what was uploaded, in several widths: nnsc.images."""

    attr_class = SiteImageFile

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        if not cls._meta.abstract:
            models.signals.pre_delete.connect(self.forget, sender=cls)

    def forget(self, instance, **kwargs):
        if image := getattr(instance, self.attname):
            image.let_go()

    def formfield(self, **kwargs):
        # The name that an upload comes with is not kept, so it may have any length.
        kwargs = {"form_class": ImageUploadField, **kwargs, "max_length": None}
        return super().formfield(**kwargs)


class Illustrated(models.Model):
    """A record with an image. Goes before Publishable and Named.

    Concrete models see to it that what is public is DESCRIBED.
    """

    image = SiteImageField(
        _("image"),
        upload_to=FOLDER,
        width_field="image_width",
        height_field="image_height",
        blank=True,
        help_text=_(
            "JPEG, PNG or WebP, at most 10 MB and 40 megapixels; pages show up to 1600 "
            "pixels in width. What the camera noted, such as the place, is removed."
        ),
    )
    image_width = models.PositiveSmallIntegerField(
        null=True, blank=True, editable=False
    )
    image_height = models.PositiveSmallIntegerField(
        null=True, blank=True, editable=False
    )
    image_alt = models.CharField(
        _("what it shows"),
        max_length=300,
        blank=True,
        help_text=_(
            "For those who cannot see it, in a sentence: “Two outreach workers talk "
            "with a young man on his porch.” Without “photo of”; words that can be "
            "read in the image belong to it."
        ),
    )
    image_decorative = models.BooleanField(
        _("The image is decoration: screen readers pass over it"), default=False
    )

    # What is changed as one: see nnsc.staff.carrying.
    belong_together = [["image", "image_alt", "image_decorative"]]

    class Meta:
        abstract = True

    def save(self, *args, update_fields=None, **kwargs):
        """Save; once that is safe, let go of an image that is shown no more.

        The files of a new image are removed again when the record cannot be saved.
        """
        if update_fields is not None:
            if "image" not in update_fields:
                return super().save(*args, update_fields=update_fields, **kwargs)
            update_fields = {*update_fields, *self.image_fields()}
        is_new = bool(self.image) and not self.image._committed
        try:
            with transaction.atomic():
                replaced = self.settle_image()
                super().save(*args, update_fields=update_fields, **kwargs)
                if replaced:
                    replaced.let_go()
        except Exception:
            if is_new and self.image._committed:
                self.image.remove()
            raise

    def settle_image(self) -> SiteImageFile | None:
        """Compare with what is stored; return the image that this save replaces.

        The row stays locked until the save, so that of two at once none is forgotten.
        """
        rows = type(self)._base_manager.select_for_update().filter(pk=self.pk)
        stored = rows.values_list("image", flat=True).first() if self.pk else None
        if stored is None or stored == self.image.name:
            return None
        is_stored = self.image and self.image._committed
        if is_stored and not self.image.is_restored:
            # Somebody has changed it since this record was read, and removed its files.
            self.refresh_from_db(fields=self.image_fields())
            return None
        if not self.image:
            self.image_alt, self.image_decorative = "", False
        return stored and SiteImageFile(self, self._meta.get_field("image"), stored)

    @staticmethod
    def image_fields() -> list[str]:
        return [field.name for field in Illustrated._meta.local_fields]

    def missing_words(self) -> dict[str, str]:
        """Return what the image lacks to be public: a sentence by field name."""
        if not self.image or self.image_decorative or self.image_alt.strip():
            return {}
        return {"image_alt": NOT_DESCRIBED}

    def check_words(self):
        if missing := self.missing_words():
            raise ValidationError(missing)

    @property
    def image_words(self) -> str:
        """What is read aloud instead of the image: nothing for a decoration."""
        return "" if self.image_decorative else self.image_alt
