"""Who may bring what before the public, and take it back."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from nnsc.history import locked, record_changes, snapshots
from nnsc.models import Act, Revision
from nnsc.publishing import State
from nnsc.staff.content import ContentAdmin
from nnsc.staff.deeds import Life, deed, life_of
from nnsc.staff.preview_links import PreviewLinksMixin

UNPUBLISHED = [State.DRAFT, State.READY]
N_REFUSALS_NAMED = 10
# The button that publishes, whatever state is chosen.
PUBLISH = "_publish"


class PublishableAdmin(PreviewLinksMixin, ContentAdmin):
    """For records on nnsc.publishing.Publishable.

    Without the permission to publish, a person writes drafts and hands them over; what
    others wrote, or is or was public, they see, but neither change nor delete.
    """

    list_filter = ["state"]
    actions = ["publish", "withdraw", "back_to_draft"]

    # Permissions

    def has_publish_permission(self, request):
        name = f"{self.opts.app_label}.publish_{self.opts.model_name}"
        return request.user.has_perm(name)

    def may_touch(self, request, record):
        if record is None or self.has_publish_permission(request):
            return True
        return record.state in UNPUBLISHED and record.added_by_id == request.user.pk

    def has_change_permission(self, request, obj=None):
        permitted = super().has_change_permission(request, obj)
        return permitted and self.may_touch(request, obj)

    def has_delete_permission(self, request, obj=None):
        permitted = super().has_delete_permission(request, obj)
        return permitted and self.may_touch(request, obj)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.added_by = request.user
        super().save_model(request, obj, form, change)

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "state" and not self.has_publish_permission(request):
            kwargs["choices"] = [(state.value, state.label) for state in UNPUBLISHED]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    # Saving

    def changeform_view(self, request, *args, **kwargs):
        if PUBLISH in request.POST and self.has_publish_permission(request):
            typed = request.POST.copy()
            typed["state"] = State.PUBLISHED
            request.POST = typed
        return super().changeform_view(request, *args, **kwargs)

    def deed_of(self, form):
        if form.errors.keys() & {"state", "goes_live_at"}:
            return None
        return deed(self.life_before(form), life_of(form.instance))

    def button_words(self, deed):
        return super().button_words(deed) | {"publish": gettext("Publish")}

    def life_before(self, form) -> Life:
        before = form.initial if form.instance.pk else {}
        return Life(before.get("state", State.DRAFT), before.get("goes_live_at"))

    def words_of(self, request, form):
        """Offer to publish, in words, what is not about to be published anyway."""
        words = super().words_of(request, form)
        if not self.has_publish_permission(request):
            return {name: text for name, text in words.items() if name != "publish"}
        will_be = life_of(form.instance)
        if "goes_live_at" in form.errors or will_be.state == State.PUBLISHED:
            return words | {"publish": ""}
        published = Life(State.PUBLISHED, will_be.goes_live_at)
        return words | {"publish": deed(self.life_before(form), published).button}

    def address_to_see(self, record):
        if record.is_live:
            return super().address_to_see(record)
        return self.address("preview", record.pk), gettext("Preview it.")

    def warnings_after(self, record):
        """Remind of what is worth a look once a record has left the desk of who wrote.

        A draft is still being written; its form says the same beside the fields.
        """
        if record.state not in (State.READY, State.PUBLISHED):
            return ""
        return " ".join(map(str, record.warnings_for_staff()))

    # The list

    @admin.display(description=_("state"), ordering="state")
    def public_life(self, record):
        """Show the state as the public meets it: published, or from when on."""
        kind, text = record.state, record.get_state_display()
        if record.state == State.PUBLISHED and not record.is_live:
            moment = timezone.localtime(record.goes_live_at)
            shown = formats.date_format(moment, "SHORT_DATETIME_FORMAT")
            kind, text = (
                "scheduled",
                gettext("Goes live %(moment)s") % {"moment": shown},
            )
        return format_html('<span class="state state-{}">{}</span>', kind, text)

    def desk_items(self, request):
        records = self.model._default_manager
        labels = {State.DRAFT: _("in draft"), State.READY: _("ready for review")}
        return [
            (
                label,
                records.filter(state=state).count(),
                self.address("changelist", state__exact=state.value),
            )
            for state, label in labels.items()
        ]

    # Actions

    @admin.action(description=_("Publish"), permissions=["publish"])
    def publish(self, request, queryset):
        done = self.bring_to(State.PUBLISHED, request, queryset)
        self.tell(request, gettext("Published: %d.") % done)

    @admin.action(description=_("Withdraw"), permissions=["publish"])
    def withdraw(self, request, queryset):
        done = self.bring_to(State.WITHDRAWN, request, queryset)
        self.tell(request, gettext("Withdrawn: %d.") % done)

    @admin.action(description=_("Back to draft"), permissions=["publish"])
    def back_to_draft(self, request, queryset):
        done = self.bring_to(State.DRAFT, request, queryset)
        self.tell(request, gettext("Back to draft: %d.") % done)

    @transaction.atomic
    def bring_to(self, state, request, queryset) -> int:
        """Bring each record to state and return how many changed.

        One that is not fit for it stays as it is and is named with the reason.
        """
        n_changed, refusals = 0, []
        records = locked(self.model, queryset.values_list("pk", flat=True))
        before = snapshots(records)
        for record in records:
            if record.state == state:
                continue
            was = record.get_state_display()
            try:
                self.check_way(record, state)
                record.state = state
                record.full_clean()
            except ValidationError as error:
                refusals.append((record, " ".join(error.messages)))
                continue
            record.save()
            text = gettext("State: from “%(was)s” to “%(now)s”.")
            now = record.get_state_display()
            self.log_change(request, record, text % {"was": was, "now": now})
            n_changed += 1
        note = gettext("State: “%(state)s”.") % {"state": state.label}
        record_changes(before, Revision.of(request.user, Act.BULK, note))
        self.name_refusals(request, refusals)
        return n_changed

    def check_way(self, record, state):
        if state == State.WITHDRAWN and record.state in UNPUBLISHED:
            raise ValidationError(
                _("It was never published, so there is nothing to withdraw.")
            )

    def name_refusals(self, request, refusals):
        for record, reason in refusals[:N_REFUSALS_NAMED]:
            text = format_html("{}: {}", self.link_to(record), reason)
            self.message_user(request, text, messages.WARNING)
        if n_more := len(refusals[N_REFUSALS_NAMED:]):
            text = ngettext(
                "%d more was left as it is.", "%d more were left as they are.", n_more
            )
            self.message_user(request, text % n_more, messages.WARNING)

    def tell(self, request, text):
        self.message_user(request, text, messages.SUCCESS)
