"""Buttons that say what they will do, and messages that say what they have done."""

from django.contrib import messages
from django.utils.html import format_html
from django.utils.translation import gettext

from nnsc.staff.deeds import Deed
from nnsc.staff.typed import copy_of


class SavingMixin:
    """For a ModelAdmin. Where records have a public life, deed_of() knows of it."""

    def deed_of(self, form) -> Deed | None:
        """Return what saving the form does, None where that cannot be said."""
        verb = gettext("Save")
        return Deed(verb, verb, gettext("Saved."))

    def words_of(self, request, form) -> dict[str, str]:
        """Return what stands on each button of a form; what has no words is hidden."""
        return self.button_words(self.deed_of(form))

    def button_words(self, deed: Deed | None) -> dict[str, str]:
        """Return what stands on each button, by its name without the underscore."""
        button = deed.button if deed else gettext("Save")
        verb = {"verb": deed.verb if deed else gettext("Save")}
        return {
            "save": button,
            "addanother": gettext("%(verb)s and add another") % verb,
            "continue": gettext("%(verb)s and keep editing") % verb,
        }

    def render_change_form(self, request, context, obj=None, **kwargs):
        context["words"] = self.words_of(request, context["adminform"].form)
        context["plain_words"] = self.button_words(None)
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        request.saved = form.instance, self.deed_of(form)

    def message_user(self, request, message, level=messages.INFO, *args, **kwargs):
        """Say what a save has done, where Django says that it was successful."""
        if level != messages.SUCCESS or not hasattr(request, "saved"):
            return super().message_user(request, message, level, *args, **kwargs)
        saved, deed = request.__dict__.pop("saved")
        text = format_html("“{}”: {}", self.link_to(saved), deed.done)
        if address := self.address_to_see(saved):
            text = format_html('{} <a href="{}">{}</a>', text, *address)
        # The browser's copy of the form has done its duty.
        name = copy_of(request)
        tags = f"saved-{name}" if name else ""
        super().message_user(request, text, level, extra_tags=tags)
        if warnings := self.warnings_after(saved):
            super().message_user(request, warnings, messages.WARNING)

    def address_to_see(self, record) -> tuple[str, str] | None:
        """Return where a record that was just saved is seen, and the link's words."""
        if not self.has_pages:
            return None
        return record.get_absolute_url(), gettext("See it on the site.")

    def warnings_after(self, record) -> str:
        return ""
