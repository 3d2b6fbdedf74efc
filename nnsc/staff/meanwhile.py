"""Two people at one record: what is said, asked and offered when both save it."""

from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from itertools import pairwise

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _

from nnsc.differences import ADDED, Difference, Piece, contents, differences
from nnsc.history import (
    differ,
    has_history,
    key_of,
    rows_of,
    snapshot,
    values_of,
)
from nnsc.illustrated import SiteImageFile
from nnsc.images import FOLDER
from nnsc.models import Act, Revision, Version
from nnsc.publishing import Publishable, State
from nnsc.staff.carrying import (
    BASE,
    Question,
    all_new,
    as_opened,
    carry_over,
    is_set,
    is_typed,
    read_base,
    signed_base,
    stored_names,
)
from nnsc.staff.choosing import is_key
from nnsc.trash import in_trash, last_version, successor

# How far back it is looked who changed something.
N_VERSIONS = 50


class MeanwhileMixin:
    """For a ModelAdmin: nothing that others saved while a form was open is undone.

    What is sent is carried over onto what the record is by then, under lock: see
    nnsc.staff.carrying. What was typed is shown again, whatever became of the record.
    """

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if object_id is None or not has_history(self.model):
            return super().changeform_view(request, object_id, form_url, extra_context)
        if request.method != "POST":
            request.opens_form = True
            return super().changeform_view(request, object_id, form_url, extra_context)
        sent = request.POST
        try:
            with transaction.atomic():
                record = self.get_object(request, unquote(object_id))
                if record is None and is_key(object_id):
                    return self.offer_anew(request, int(object_id), extra_context)
                if record and not self.has_change_permission(request, record):
                    return self.refuse_change(request, record)
                if record:
                    self.carry_over(request, record)
                response = super().changeform_view(
                    request, object_id, form_url, extra_context
                )
        finally:
            request.POST, request.opened = sent, None
        if record:
            shown = getattr(response, "context_data", None) or {}
            self.tell_meanwhile(request, is_saved="adminform" not in shown)
        return response

    def get_object(self, request, object_id, from_field=None):
        """Return the record; where its form opens, `before` says what it is then.

        Asked before the form asks for cities and tags, so that no form ever shows
        older ones than its base.
        """
        record = super().get_object(request, object_id, from_field)
        if record and getattr(request, "opens_form", False):
            record.before = snapshot(record)
        return record

    def carry_over(self, request, record):
        """Let the request go on with what was sent, carried over onto the record."""
        carried = carry_over(
            self.form_as_sent(request, record),
            self.formset_classes(request, record),
            record,
            request.POST,
            request.FILES,
        )
        restoring = getattr(request, "restoring", None)
        for name in carried.dropped if restoring else []:
            restoring.data[name] = record.before[name]
        request.opened, request.carried, request.POST = record, carried, carried.data
        if carried.taken or carried.asked or carried.asked_of_rows:
            versions = self.versions_of(record.pk)[:N_VERSIONS]
            request.changes = Changes(record.before, list(versions), request.user)

    def form_as_sent(self, request, record):
        """Return the class of the form, all fields in it, whoever may change them."""
        fields = flatten_fieldsets(self.get_fieldsets(request, record))
        return self.get_form(request, record, change=False, fields=fields)

    def formset_classes(self, request, record=None) -> dict:
        """Return the formsets by their prefixes."""
        formsets = self.get_formsets_with_inlines(request, record)
        return {formset.get_default_prefix(): formset for formset, _inline in formsets}

    # The form that comes back

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        carried = getattr(request, "carried", None)
        if carried and change:
            form.asks = {
                name: partial(asked, question, request.changes)
                for name, question in carried.asked.items()
                if name in form.base_fields
            }
        return form

    def _create_formsets(self, request, obj, change):
        formsets, inlines = super()._create_formsets(request, obj, change)
        carried = getattr(request, "carried", None)
        for formset in formsets if carried else []:
            questions = carried.asked_of_rows.get(formset.prefix, {})
            for number, question in questions.items():
                form = formset.forms[number]
                # Makes the form look for errors of its own first.
                if form.errors is not None:
                    form.add_error(None, asked(question, request.changes, form))
        return formsets, inlines

    def render_change_form(self, request, context, obj=None, **kwargs):
        if obj and has_history(self.model) and self.has_change_permission(request, obj):
            context["base_name"] = BASE
            context["base"] = signed_base(key_of(obj), obj.before)
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def tell_meanwhile(self, request, is_saved):
        """Say what only others have changed, who it was, and that it is kept."""
        carried = request.carried
        by_whom = defaultdict(list)
        for name in carried.taken:
            label, stored = self.named(name)
            by_whom[request.changes.who(stored)].append(label)
        for who, labels in by_whom.items():
            fields = get_text_list([f"“{label}”" for label in labels], _("and"))
            if is_saved:
                text = _("%(who)s changed %(fields)s meanwhile. That is kept as well.")
            else:
                text = _("%(who)s changed %(fields)s meanwhile. The form has it now.")
            about = {"who": capfirst(who), "fields": fields}
            self.message_user(request, text % about, messages.INFO)
        if carried.asked or carried.asked_of_rows:
            text = _(
                "Not saved yet: somebody else has changed the same as you. Both are "
                "shown below; choose, and save again."
            )
            self.message_user(request, text, messages.WARNING)

    def named(self, name: str) -> tuple[str, list[str]]:
        """Return what staff call a field of the form or the rows of a formset.

        With the names of what a record stores of it.
        """
        rows = rows_of(self.model).get(name)
        if rows and not rows.other:
            return capfirst(rows.model._meta.verbose_name_plural), [name]
        form = self.form
        stored = [field for field, other in form.stand_ins.items() if other == name]
        if stored:
            return capfirst(form.base_fields[name].label), stored
        return capfirst(self.opts.get_field(name).verbose_name), [name]

    # What cannot be saved as it is

    def offer_anew(self, request, key, extra_context):
        """Show what was typed about a record that is gone, as the form of a new one."""
        last = last_version(self.model, key)
        gone = self.gone_sentence(last)
        if heir := successor(self.model, key):
            record = self.model._default_manager.get(pk=heir)
            text = _("Open {record} and see what of it belongs there.")
            text = format_html(text, record=self.link_to(record))
            return self.refuse(request, key, None, [gone, text], status=409)
        if not self.has_add_permission(request):
            return self.refuse(request, key, None, [gone], status=409)
        if last and last.data.get("image"):
            gone += " " + _("Its image stays with it.")
        text = _("What you typed stands below. Saved, it begins anew, as a draft.")
        if not issubclass(self.model, Publishable):
            text = _("What you typed stands below. Saved, it begins anew.")
        request.conflict = format_html("{} {} {}", gone, self.way_to_trash(last), text)
        request.POST = all_new(request.POST, self.formset_classes(request))
        if issubclass(self.model, Publishable):
            request.POST["state"] = State.DRAFT
        address = self.address("add")
        return super().changeform_view(request, None, address, extra_context)

    def gone_sentence(self, last) -> str:
        """Say what became of a record that is gone, by its last version, if any."""
        if last is None or not last.gone:
            return _("This %(kind)s was deleted.") % {"kind": self.opts.verbose_name}
        texts = {
            Act.MERGED: _("%(who)s merged “%(title)s” into another: %(when)s."),
        }
        text = texts.get(last.revision.act, _("%(who)s deleted “%(title)s”: %(when)s."))
        about = {
            "who": capfirst(last.revision.who() or _("somebody")),
            "title": last.title,
            "when": last.revision.when(),
        }
        return text % about

    def way_to_trash(self, last):
        if last is None or not in_trash().filter(pk=last.pk).exists():
            return ""
        text = _('It can be restored <a href="{}" target="_blank">from the trash</a>.')
        return format_html(text, reverse(f"{self.admin_site.name}:trash"))

    def refuse_change(self, request, record):
        """Keep what was typed in sight of who may not change the record any more."""
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        base = read_base(request.POST.get(BASE, ""), key_of(record))
        sentences = [_("You may not change this, so nothing was saved.")]
        state = getattr(record, "state", None)
        if base and state != base.get("state", state):
            versions = self.versions_of(record.pk)[:N_VERSIONS]
            changes = Changes(record.before, list(versions), request.user)
            text = _("%(who)s changed its state to “%(state)s” while you were typing.")
            about = {
                "who": capfirst(changes.who(["state"])),
                "state": record.get_state_display(),
            }
            sentences = [
                text % about,
                _("From now on an editor changes it, so nothing was saved."),
            ]
        return self.refuse(request, record.pk, record, sentences, status=403)

    def refuse(self, request, key, record, sentences, status):
        """Show sentences why nothing is saved, and what was typed, to be copied.

        record is None where it is gone.
        """
        form_class = self.form_as_sent(request, record)
        was = read_base(request.POST.get(BASE, ""), (self.opts.label_lower, key))
        was = was or (record.before if record else {})
        opened = as_opened(form_class, was)
        form = form_class(request.POST, request.FILES, instance=opened.instance)
        form.comes_back = False
        form.full_clean()
        names = [name for name in form.fields if is_typed(form, opened, name)]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Not saved"),
            "subtitle": str(record) if record else None,
            "opts": self.opts,
            "record": record,
            "sentences": sentences,
            "typed": said(form, names),
            "change_url": self.address("change", record.pk) if record else None,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/refused.html", context, status=status)


class Changes:
    """Who has changed what of a record lately, by its versions, the newest first."""

    def __init__(self, now: dict, versions: list[Version], user):
        self.now, self.versions, self.user = now, versions, user

    def last(self, keys: Iterable[str]) -> Revision | None:
        """Return the act that made these what they are, None if none is known."""

        def of(data):
            return {key: data[key] for key in keys if key in data}

        if not self.versions or differ(of(self.versions[0].data), of(self.now)):
            return None
        return next(
            (
                new.revision
                for new, old in pairwise(self.versions)
                if differ(of(old.data), of(new.data))
            ),
            None,
        )

    def who(self, keys: Iterable[str]) -> str:
        """Return how a sentence begins on who did it."""
        revision = self.last(keys)
        if revision and revision.user_id == self.user.pk:
            return _("you yourself (in another window)")
        return (revision and revision.who()) or _("somebody")

    def when(self, keys: Iterable[str]) -> str:
        revision = self.last(keys)
        return revision.when() if revision else ""


# A question, and what was typed, in words


def asked(question: Question, changes: Changes, form: forms.ModelForm) -> SafeString:
    """Return what stands beside a field that both have changed."""
    who = changes.who(question.keys)
    context = {
        "id": f"{form[question.names[0]].auto_id}_asked",
        "who": who,
        "when": changes.when(question.keys),
        "question": question,
        "wordings": list(wordings(question, who, form)),
    }
    return render_to_string("admin/_asked.html", context)


def wordings(question, who, form) -> Iterable[tuple[str, list[Difference]]]:
    """Yield what it was, what the other made of it and what was typed, each by name.

    Of what belongs together, only what one of the two has changed.
    """
    model, was, now = form._meta.model, question.was, question.now
    order = [key for name in question.names for key in stored_names(form, name)]
    mine, unread = typed_values(form, question.names)
    base = was or now
    ours = differences(base, mine, model, order) if base else contents(mine, model)
    ours = [] if question.wanted_gone else ours + unread
    if was is not None:
        theirs = differences(was, now, model, order) if now is not None else []
        changed = {one.label for one in [*theirs, *ours]}
        before = contents(was, model, order)
        yield _("Before"), [one for one in before if one.label in changed]
        if now is not None:
            yield who, theirs
    elif now is not None:
        yield _("Saved by now"), contents(now, model, order)
    if not question.wanted_gone:
        yield _("you"), ours


def said(form: forms.ModelForm, names: Iterable[str]) -> list[Difference]:
    """Return what was typed into fields, in words."""
    values, unread = typed_values(form, names)
    return [*contents(values, form._meta.model, list(values)), *unread]


def typed_values(form, names) -> tuple[dict, list[Difference]]:
    """Return what was typed as a snapshot has it, and as it stands what cannot be."""
    values, unread = {}, []
    stored = values_of(form.instance)
    for name in names:
        box, image = form[name], getattr(form.instance, name, None)
        if is_set(form, name):
            values[name] = [int(key) for key in box.data or [] if is_key(key)]
        elif name in form.errors:
            text = box.data if isinstance(box.data, str) else ""
            unread.append(typed_difference(box, text))
        elif isinstance(box.data, str) and not stored_names(form, name):
            # What is said besides, such as a note to readers.
            unread.append(typed_difference(box, box.data))
        elif isinstance(image, SiteImageFile) and image and not image._committed:
            if getattr(box.field.widget, "kept", None):
                values |= {key: stored[key] for key in stored_names(form, name)}
                values[name] = f"{FOLDER}/{image.name}"
            else:
                unread.append(typed_difference(box, _("an image")))
        else:
            values |= {key: stored[key] for key in stored_names(form, name)}
    return values, unread


def typed_difference(box, text: str) -> Difference:
    return Difference(capfirst(box.label), "values", [Piece(ADDED, text)])
