"""An earlier version in the form: nothing is saved before the person saves it."""

from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from nnsc.differences import (
    Difference,
    differences,
    keys_named,
    last_names,
    present_names,
)
from nnsc.history import Key, Rows, fields_of, has_history, rows_of, snapshot
from nnsc.illustrated import SiteImageField, SiteImageFile
from nnsc.models import Act, Version
from nnsc.moved import present_keys
from nnsc.publishing import Publishable
from nnsc.staff.choosing import is_key


class Restoring(NamedTuple):
    """What the form brings back."""

    version: Version
    # What the record becomes, as a snapshot.
    data: dict
    # Between what it is and what it becomes.
    differences: list[Difference]
    # A sentence for each thing that cannot be brought back.
    lost: list[str]


class RestoringMixin:
    """For a ModelAdmin: ?version=3 fills the form with what the record was then.

    It is the ordinary form, so the ordinary rules hold when it is saved. Whether and
    from when on the record is public stays as it is: a version brings back what was
    written, and no button says that it publishes.
    """

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if object_id and "version" in request.GET and has_history(self.model):
            request.version = self.version_asked(request, object_id)
            if request.version is None:
                text = _("There is no such version. This is how it is now.")
                self.message_user(request, text, messages.WARNING)
                return HttpResponseRedirect(self.address("change", object_id))
        return super().changeform_view(request, object_id, form_url, extra_context)

    def version_asked(self, request, object_id) -> Version | None:
        number = request.GET.get("version", "")
        versions = self.versions_of(object_id).filter(gone=False)
        return versions.filter(number=number).first() if is_key(number) else None

    def look_back(self, request, record):
        """Let a form that is looked at and not saved hold what it brings back.

        Its boxes hold that already; an image does not come with them.
        """
        if record is None or not has_history(self.model):
            return
        request.version = self.version_asked(request, record.pk)
        if request.version is not None:
            record.before = snapshot(record)
            self.bring_back(request, record)

    def bring_back(self, request, record):
        """Let the record be what it was, for the form as it is opened.

        Raise PermissionDenied where the person may not change what it is now.
        """
        version = getattr(request, "version", None)
        if version is None or record is None:
            return
        if not self.has_change_permission(request, record):
            raise PermissionDenied
        now = getattr(record, "before", None) or snapshot(record)
        restoring = self.restoring(request, record, version, now)
        if request.method != "POST":
            for field in fields_of(self.model):
                value = restoring.data[field.name]
                if value != now[field.name]:
                    value = value and field.to_python(value)
                    setattr(record, field.attname, value)
        request.restoring = restoring

    def restoring(self, request, record, version, now) -> Restoring:
        back = {
            name: version.data[name]
            for name in self.restorable(request, record)
            if name in version.data and name in now
        }
        lost = [
            *self.leave_out_deleted(version, back, now),
            *self.leave_out_images(back, now),
        ]
        order = self.fields_in_order(request, record)
        changes = differences(now, now | back, self.model, order)
        return Restoring(version, now | back, changes, lost)

    def restorable(self, request, record) -> set[str]:
        """Return the fields, sets and parts that the person could type themselves."""
        in_form = set(self.fields_in_order(request, record))
        in_form -= set(self.get_readonly_fields(request, record))
        if issubclass(self.model, Publishable):
            in_form -= {field.name for field in Publishable._meta.local_fields}
        parts = {inline.model for inline in self.get_inline_instances(request, record)}
        fields = {field.name for field in fields_of(self.model) if field.editable}
        return fields & in_form | {
            name
            for name, rows in rows_of(self.model).items()
            if (name in in_form if rows.other else rows.model in parts)
        }

    def leave_out_deleted(self, version, back, now):
        """Take what is there no more out of what is brought back; say so of each.

        What was merged since comes back as what it is now.
        """
        keys = keys_named(self.model, version.data)
        missing = keys - present_names(keys).keys()
        gone = last_names(missing - self.follow_merges(missing, back))
        for field in fields_of(self.model):
            if field.is_relation and field.name in back:
                one = (field.related_model._meta.label_lower, back[field.name])
                if one in gone:
                    back[field.name] = now[field.name]
                    yield lost_sentence(field, gone[one])
        for name, rows in self.sets().items():
            label = rows.other.related_model._meta.label_lower
            for key in back.get(name, []):
                if (label, key) in gone:
                    back[name] = [other for other in back[name] if other != key]
                    yield lost_sentence(self.opts.get_field(name), gone[label, key])

    def follow_merges(self, missing, back) -> set[Key]:
        """Put what records were merged into in their place; return their keys."""
        followed = set()
        fields = [field for field in fields_of(self.model) if field.is_relation]
        others = {rows.other: name for name, rows in self.sets().items()}
        for field in [*fields, *others]:
            label = field.related_model._meta.label_lower
            keys = [key for its_label, key in missing if its_label == label]
            present = present_keys(field.related_model, keys) if keys else {}
            followed |= {(label, key) for key in present}
            if name := others.get(field):
                found = (present.get(key, key) for key in back.get(name, []))
                back |= {name: sorted(set(found))} if name in back else {}
            elif field.name in back:
                back[field.name] = present.get(back[field.name], back[field.name])
        return followed

    def leave_out_images(self, back, now):
        for field in fields_of(self.model):
            if isinstance(field, SiteImageField) and field.name in back:
                name = back[field.name]
                if name and name != now[field.name] and not field.storage.exists(name):
                    back[field.name] = now[field.name]
                    yield _("The image of that version is not kept any more.")

    def sets(self) -> dict[str, Rows]:
        return {name: rows for name, rows in rows_of(self.model).items() if rows.other}

    # The form

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        restoring = getattr(request, "restoring", None)
        if restoring and request.method == "POST":
            form.restored = {
                name: image
                for name, image in self.restored_images(obj, restoring.data)
                if name in form.base_fields
            }
        elif restoring:
            form.restored = {
                name: restoring.data[name]
                for name in self.sets()
                if name in form.base_fields
            }
        return form

    def restored_images(self, record, data):
        """Yield the name and the file of each image that is not the one stored."""
        for field in fields_of(self.model):
            if isinstance(field, SiteImageField):
                name = data[field.name]
                if name != record.before[field.name]:
                    image = SiteImageFile(record, field, name)
                    image.is_restored = True
                    yield field.name, image if name else ""

    def get_inline_formsets(self, request, formsets, inline_instances, obj=None):
        restoring = getattr(request, "restoring", None)
        if restoring and request.method != "POST":
            for formset in formsets:
                accessor = formset.fk.remote_field.get_accessor_name()
                restore_parts(formset, restoring.data[accessor])
        return super().get_inline_formsets(request, formsets, inline_instances, obj)

    def render_change_form(self, request, context, *args, **kwargs):
        context["restoring"] = getattr(request, "restoring", None)
        return super().render_change_form(request, context, *args, **kwargs)

    def act_of(self, request, change) -> tuple[Act, str]:
        """Return what the person at the form does, and a sentence about it."""
        if restoring := getattr(request, "restoring", None):
            about = {"number": restoring.version.number}
            return Act.RESTORED, _("Version %(number)d restored.") % about
        return Act.CHANGED if change else Act.ADDED, ""


def version_in(request) -> dict:
    """Return what the addresses that look at the form need to know besides it."""
    restoring = getattr(request, "restoring", None)
    return {"version": restoring.version.number} if restoring else {}


def lost_sentence(field, name: str) -> str:
    about = {"field": capfirst(field.verbose_name), "name": name}
    return (
        _("%(field)s: “%(name)s” was deleted since and cannot be brought back.") % about
    )


def restore_parts(formset, parts: list[dict]):
    """Fill a formset that has just been opened with parts as they were.

    Those added since are ticked for deletion, those deleted since are added.
    """
    by_key = {part["id"]: part for part in parts}
    present = {record.pk for record in formset.get_queryset()}
    formset.initial_extra = [
        {name: value for name, value in part.items() if name != "id"}
        for key, part in by_key.items()
        if key not in present
    ]
    formset.extra += len(formset.initial_extra)
    for form in formset.initial_forms:
        if form.instance.pk in by_key:
            form.initial |= by_key[form.instance.pk]
        else:
            form.initial["DELETE"] = True
