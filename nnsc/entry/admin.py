"""What managers see and decide of who gets in."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _

from nnsc.entry import audit
from nnsc.entry.models import Event, Rule
from nnsc.roles import CONTRIBUTOR, EDITOR, MANAGER
from nnsc.staff.choosing import SeveralField
from nnsc.staff.content import ContentAdmin


@admin.register(Rule)
class RuleAdmin(ContentAdmin):
    """One row, whose form stands where the list would."""

    section = _("People")
    place = 52
    fields = ["for_everyone", "groups"]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs |= {
            "widget": CheckboxSelectMultiple,
            "form_class": SeveralField,
            "queryset": Group.objects.filter(name__in=[CONTRIBUTOR, EDITOR, MANAGER]),
        }
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def changelist_view(self, request, extra_context=None):
        rule = Rule.objects.first()
        return self.change_view(request, str(rule.pk), extra_context=extra_context)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        rule = form.instance
        names = [_("everyone")] if rule.for_everyone else []
        names += rule.groups.order_by("name")
        text = ", ".join(map(str, names)) or _("nobody")
        audit.record(audit.Kind.RULE, str(_("second step")), str(text), request)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Event)
class EventAdmin(ContentAdmin):
    """What happened, the newest first; to be read and nothing else."""

    section = _("People")
    place = 53
    list_display = ["when", "kind", "account", "by", "detail", "browser", "address"]
    list_filter = ["kind"]
    search_fields = ["account", "by", "detail"]
    date_hierarchy = "at"
    sortable_by = []
    empty_text = _("Nothing has happened yet.")

    @admin.display(description=_("when"), ordering="at")
    def when(self, event):
        return event.at

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
