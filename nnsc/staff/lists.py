"""Lists that lead to each other and count what they lead to, quick at any length."""

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Exists, IntegerField, OuterRef, Subquery
from django.utils.functional import cached_property

from nnsc.staff.choosing import is_key

# Counting more would cost more than the page; nobody turns 200 pages.
N_COUNTED = 10_000
# So many rows are sorted as quickly as a page of them is met among a million others.
N_SORTED = 30_000


class CappedPaginator(Paginator):
    """Pages of the first N_COUNTED; is_capped where there are more."""

    @cached_property
    def n_found(self) -> int:
        keys = self.object_list.order_by().values("pk")
        return keys[: N_COUNTED + 1].count()

    @property
    def count(self):
        return min(self.n_found, N_COUNTED)

    @property
    def is_capped(self) -> bool:
        return self.n_found > N_COUNTED


class ContentChangeList(ChangeList):
    @property
    def is_capped(self) -> bool:
        return self.paginator.is_capped

    def get_results(self, request):
        """Find the keys of the page first, then its records by these.

        A database that sorts many rows carries them whole, long texts and all.
        """
        super().get_results(request)
        keys = list(self.result_list.values_list("pk", flat=True))
        place = {key: at for at, key in enumerate(keys)}
        records = self.root_queryset.filter(pk__in=keys).order_by()
        records = self.apply_select_related(records)
        self.result_list = sorted(records, key=lambda record: place[record.pk])

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
        return self.narrowed(queryset)

    def narrowed(self, queryset):
        return queryset.filter(**{self.parameter_name: self.value()})


class ChosenOfManyFilter(ChosenFilter):
    """For a record of which each in the list has several, such as a tag.

    Where the record has few, these are sorted; where it has many, the list is read in
    its order until a page is full. A database would take either way for all.
    """

    links = None  # the model that joins the two
    to_listed, to_chosen = "", ""  # its fields

    def narrowed(self, queryset):
        links = self.links._default_manager.filter(**{self.to_chosen: self.value()})
        if links[: N_SORTED + 1].count() <= N_SORTED:
            return super().narrowed(queryset)
        return queryset.filter(Exists(links.filter(**{self.to_listed: OuterRef("pk")})))


class CappedCount(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def count_of(records, field):
    """Return an expression that counts records whose field is the record at hand.

    It counts N_COUNTED and one more at most; `capped()` words what it found.
    """
    counted = records.filter(**{field: OuterRef("pk")}).order_by().values("pk")
    return CappedCount(counted[: N_COUNTED + 1])


def capped(n: int) -> str:
    return f"{N_COUNTED:,}+" if n > N_COUNTED else f"{n:,}"
