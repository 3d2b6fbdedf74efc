"""An image in a form: seen as it is stored, and as it was chosen before it is saved."""

from datetime import timedelta

from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.forms import ClearableFileInput, Script
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from nnsc.images import FOLDER, LOST_IMAGE, MAX_BYTES, PreparedImage

# For the fieldsets of a ModelAdmin.
IMAGE = (_("Image"), {"fields": ["image", "image_alt", "image_decorative"]})
SALT = "nnsc.staff.image"
# Well before nnsc.sweeping removes what was never saved.
KEPT_FOR = timedelta(hours=12)


class ImageInput(ClearableFileInput):
    """A box for a file, which keeps what was chosen when its form comes back.

    No browser sends a file twice. What a form that comes back has kept stands behind a
    ticked box beside it.
    """

    clear_checkbox_label = _("Remove this image")
    # What the form that comes back keeps: the token that finds it, and its address.
    kept = None

    class Media:
        js = [Script("js/admin-image.js", defer=True)]

    def __init__(self, attrs=None):
        accepted = "image/jpeg,image/png,image/webp"
        super().__init__({"accept": accepted, **(attrs or {})})

    def value_from_datadict(self, data, files, name):
        token = data.get(f"{name}-kept")
        if token and name not in files:
            image = kept_image(token)
            if image is None:
                return LOST_IMAGE
            files[name] = image
        return super().value_from_datadict(data, files, name)

    def keep(self, image: PreparedImage):
        """Store an image for the form that comes back."""
        for name, body in image.files.items():
            default_storage.save(f"{FOLDER}/{name}", ContentFile(body))
        narrowest = [name for name in image.files if name.endswith(".webp")][-1]
        self.kept = {
            "token": signing.dumps(list(image.files), salt=SALT),
            "url": default_storage.url(f"{FOLDER}/{narrowest}"),
        }

    def render(self, name, value, attrs=None, renderer=None):
        # Forms look for templates among Django's own, not among the site's.
        context = self.get_context(name, value, attrs)
        context["attributes"] = flatatt(context["widget"]["attrs"])
        context["kept"] = self.kept
        context["max_bytes"] = MAX_BYTES
        return render_to_string("admin/image_input.html", context)


def kept_image(token: str) -> PreparedImage | None:
    """Return an image that a form has kept, under names of its own.

    None where it is kept no more, or never was.
    """
    try:
        names = signing.loads(token, salt=SALT, max_age=KEPT_FOR)
        files = {}
        for name in names:
            with default_storage.open(f"{FOLDER}/{name}") as file:
                files[name] = file.read()
    except (signing.BadSignature, FileNotFoundError):
        return None
    return PreparedImage(files).renamed()
