"""Lists that lead to each other, and count what they lead to."""

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from nnsc.staff.choosing import is_key


class ContentChangeList(ChangeList):
    def apply_select_related(self, qs):
        prefetched = self.model_admin.list_prefetch_related
        return super().apply_select_related(qs).prefetch_related(*prefetched)


class ChosenFilter(admin.SimpleListFilter):
    """Tells which record narrows the list, and takes it away again.

    Lists lead to each other with it; it offers no choice, for there may be thousands.
    """

    model = None

    def lookups(self, request, model_admin):
        if not is_key(self.value() or ""):
            return []
        records = self.model._default_manager.filter(pk=self.value())
        return [(str(record.pk), str(record)) for record in records]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        if not is_key(self.value()):
            return queryset.none()
        return queryset.filter(**{self.parameter_name: self.value()})


def count_of(records, field):
    """Return an expression that counts records whose field is the record at hand."""
    counted = records.filter(**{field: OuterRef("pk")}).order_by().values(field)
    return Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0)
