from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from impact.models import Metric
from nnsc.staff.content import ContentAdmin
from nnsc.staff.lists import count_of


class CountedAdmin(ContentAdmin):
    """For what metrics point at: each record says how many, and leads to them."""

    counted_by = ""

    def get_queryset(self, request):
        n_metrics = count_of(Metric.objects, self.counted_by)
        return super().get_queryset(request).annotate(n_metrics=n_metrics)

    @admin.display(description=_("metrics"), ordering="n_metrics")
    def metrics(self, record):
        metric_admin = self.admin_site.get_model_admin(Metric)
        address = metric_admin.address("changelist", **{self.counted_by: record.pk})
        return format_html('<a href="{}">{}</a>', address, record.n_metrics)
