from django.contrib import admin
from django.db.models import Case, When
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from nnsc.models import SiteText
from nnsc.staff.content import ContentAdmin
from nnsc.staff.people import GroupAdmin, UserAdmin
from nnsc.texts import TEXTS

__all__ = ["GroupAdmin", "SiteTextAdmin", "UserAdmin"]


@admin.register(SiteText)
class SiteTextAdmin(ContentAdmin):
    """The site's own texts, in one list, in the order of nnsc.texts."""

    section = _("The site’s own texts")
    place = 40
    list_display = ["label", "where", "beginning"]
    search_fields = ["key", "text"]
    sortable_by = []
    fields = ["where", "text", "updated_at"]
    readonly_fields = ["where", "updated_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(key__in=TEXTS)

    def get_ordering(self, request):
        return [Case(*(When(key=key, then=n) for n, key in enumerate(TEXTS)))]

    @admin.display(description=_("text"))
    def label(self, text):
        return str(text)

    @admin.display(description=_("where it stands"))
    def where(self, text):
        return TEXTS[text.key].place

    @admin.display(description=_("how it begins"))
    def beginning(self, text):
        return Truncator(text.text).chars(90)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
