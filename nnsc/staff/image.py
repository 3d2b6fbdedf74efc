"""An image in a form: seen as it is stored, and as it was chosen before it is saved."""

from django.forms import ClearableFileInput, Script
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from nnsc.images import MAX_BYTES

# For the fieldsets of a ModelAdmin.
IMAGE = (_("Image"), {"fields": ["image", "image_alt", "image_decorative"]})


class ImageInput(ClearableFileInput):
    clear_checkbox_label = _("Remove this image")

    class Media:
        js = [Script("js/admin-image.js", defer=True)]

    def __init__(self, attrs=None):
        accepted = "image/jpeg,image/png,image/webp"
        super().__init__({"accept": accepted, **(attrs or {})})

    def render(self, name, value, attrs=None, renderer=None):
        # Forms look for templates among Django's own, not among the site's.
        context = self.get_context(name, value, attrs)
        context["attributes"] = flatatt(context["widget"]["attrs"])
        context["max_bytes"] = MAX_BYTES
        return render_to_string("admin/image_input.html", context)
