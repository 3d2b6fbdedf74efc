from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from nnsc.staff.form import ContentForm
from nnsc.staff.image import IMAGE
from nnsc.staff.ordering import OrderedAdmin
from nnsc.staff.publishing import PublishableAdmin
from principles.models import Principle


class PrincipleForm(ContentForm):
    class Meta:
        model = Principle
        exclude = ["position"]
        help_texts = {
            "slug": _(
                "The end of its page’s address. Left empty, it is made from the title. "
                "A change breaks links that others have made."
            )
        }


@admin.register(Principle)
class PrincipleAdmin(OrderedAdmin, PublishableAdmin):
    section, place = _("Principles"), 30
    empty_text = _("No principles yet.")
    form = PrincipleForm
    fieldsets = [
        (None, {"fields": ["title", "summary", "body"]}),
        IMAGE,
        (_("Publishing"), {"fields": ["state", "goes_live_at"]}),
        (_("Address of the page"), {"fields": ["slug"], "classes": ["collapse"]}),
    ]
    list_display = ["title", "summary", "public_life"]
    search_fields = ["title", "summary", "body"]
