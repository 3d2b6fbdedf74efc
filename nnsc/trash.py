"""What was deleted and can be had back: for 30 days, with all that belonged to it.

A deleted record leaves its table, so that it holds neither an address nor a name. Its
last version says that it is gone, and is what lies in the trash. Images of which a
version tells are kept; they go when the trash is emptied.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from nnsc.changes import content_models, note_change
from nnsc.history import (
    Key,
    batches,
    fields_of,
    key_of,
    locked,
    made_of,
    record_changes,
    rows_of,
    snapshots,
)
from nnsc.illustrated import SiteImageField, SiteImageFile
from nnsc.models import Act, OldAddress, Revision, Version
from nnsc.moved import present_keys
from nnsc.naming import Named, unused_slug
from nnsc.publishing import Publishable, State
from nnsc.rows import moment_fields

KEPT_FOR = timedelta(days=30)
N_AT_ONCE = 100
# All that is left in the data of what was emptied out of the trash.
WAS_PUBLIC = "was_public"


def in_trash() -> models.QuerySet[Version]:
    """Return the versions that lie in the trash with their revisions, newest first.

    What was merged into another record is none of them.
    """
    newer = Version.objects.filter(
        label=OuterRef("label"),
        record=OuterRef("record"),
        number__gt=OuterRef("number"),
    )
    gone = Version.objects.filter(~Exists(newer), gone=True)
    gone = gone.exclude(revision__act=Act.MERGED).exclude(data__has_key=WAS_PUBLIC)
    return gone.select_related("revision").order_by("-id")


def locked_in_trash(keys: Iterable[int]) -> list[Version]:
    """Return those that lie in the trash, locked until the transaction ends."""
    versions = []
    for some in batches(sorted(keys)):
        # Asked once they are locked: another may have taken them out before.
        rows = Version.objects.select_for_update().filter(pk__in=some).order_by("pk")
        list(rows.values_list("pk"))
        versions += in_trash().filter(pk__in=some)
    return versions


def kept_until(version: Version) -> datetime:
    return version.revision.made_at + KEPT_FOR


def last_version(model: type[models.Model], key: int) -> Version | None:
    versions = Version.objects.filter(label=model._meta.label_lower, record=key)
    return versions.select_related("revision").order_by("-number").first()


def was_public(model: type[models.Model], key: int) -> bool:
    """Whether the public knew a page of what was deleted since. One query."""
    last = last_version(model, key)
    if last is None or not last.gone:
        return False
    return last.data.get(WAS_PUBLIC) or tells_of_public(last)


def tells_of_public(version: Version) -> bool:
    """Whether the record that it was had been seen by the public."""
    record = made_of(version.label, version.record, version.data)
    return isinstance(record, Publishable) and (record.is_live or record.is_withdrawn)


# In


def move_to_trash(
    model: type[models.Model], keys: Iterable[int], revision: Revision
) -> list[Version]:
    """Delete records with all that belongs to them; return what is in the trash now.

    Raise ProtectedError where one is in use. Up to 500 records take the queries of
    one, besides Django's own to delete them.
    """
    kept = []
    for some in batches(keys):
        with transaction.atomic():
            records = locked(model, some)
            before = snapshots(records)
            for record in records:
                before[key_of(record)] |= moments_of(record)
            model._base_manager.filter(pk__in=some).delete()
            kept += record_changes(before, revision)
    return kept


def moments_of(record: models.Model) -> dict[str, str]:
    """Return when the record was saved: it is no content, but comes back with it."""
    return {
        field.name: field.value_to_string(record)
        for field in moment_fields(type(record))
    }


# Out


class Missing(NamedTuple):
    """What did not come back with a record."""

    # The name of its field, or of the kind of part that it is.
    label: str
    # What it was called.
    name: str
    # What has its name or its place now.
    holder: models.Model | None = None
    is_in_trash: bool = False


class Restored(NamedTuple):
    """What became of a version in the trash.

    Without a record it could not be restored and is there still; holder has what it
    needs: its name, or the address of its story.
    """

    version: Version
    record: models.Model | None = None
    missing: list[Missing] = []
    # Whether it was published and is a draft now.
    is_draft_now: bool = False
    # Whether its page has another address.
    is_moved: bool = False
    holder: models.Model | None = None


class TakenError(Exception):
    def __init__(self, holder):
        self.holder = holder


@transaction.atomic
def restore(
    keys: Iterable[int], *, by, may_publish: Callable[[type[models.Model]], bool]
) -> list[Restored]:
    """Bring records back out of the trash as they were, by the keys of their versions.

    Published is again what may be; the rest of it is in draft. What others point at
    comes first, so that what was deleted together comes back whole. What is in the
    trash no longer is passed over.
    """
    # A model is defined after those that it points at.
    order = [model._meta.label_lower for model in content_models()]
    versions = locked_in_trash(keys)
    versions.sort(key=lambda version: (order.index(version.label), version.record))
    found: dict[Key, int | None] = {}
    done = []
    for version in versions:
        try:
            with transaction.atomic():
                done.append(brought_back(version, may_publish, found))
        except TakenError as taken:
            done.append(Restored(version, holder=taken.holder))
        except IntegrityError:
            done.append(Restored(version))
    back = {key_of(one.record): None for one in done if one.record}
    record_changes(back, Revision.of(by, Act.RESTORED))
    return done


def brought_back(version: Version, may_publish, found) -> Restored:
    """Make a record anew of what lies in the trash.

    found holds what the records that it points at have become, as far as it is known.
    Raise TakenError where another record has what this one needs.
    """
    model, data, missing = apps.get_model(version.label), dict(version.data), []
    for field in fields_of(model):
        if field.is_relation and data.get(field.name) is not None:
            data[field.name] = pointed_at(field, version, data, missing, found)
    record = made_of(version.label, version.record, data)
    for field in moment_fields(model):
        if field.name in data:
            setattr(record, field.attname, field.to_python(data[field.name]))
    is_moved = settle_names(record)
    is_draft_now = settle_state(record, may_publish)
    # As it was, to the moment of its last change.
    record.save_base(raw=True, force_insert=True)
    for name, rows in rows_of(model).items():
        if rows.other:
            fill_set(record, name, rows, data.get(name, []), missing, found)
        else:
            fill_parts(record, rows, data.get(name, []), missing)
    note_change(record)
    return Restored(version, record, missing, is_draft_now, is_moved)


def pointed_at(field, version, data, missing, found) -> int | None:
    """Return what a field of the record leads to now; say what it cannot lead to."""
    key = still_there(field.related_model, data[field.name], found)
    holder = None
    if key is not None and field.unique:
        rows = field.model._base_manager.exclude(pk=version.record)
        holder = rows.filter(**{field.attname: key}).first()
    if key is not None and holder is None:
        return key
    if field.editable:
        one = not_there(field.related_model, data[field.name], field.verbose_name)
        missing.append(one._replace(holder=holder))
    return None


def fill_set(record, name, rows, keys, missing, found):
    other = rows.other.related_model
    now = {key: still_there(other, key, found) for key in keys}
    rows.model._base_manager.bulk_create(
        rows.model(**{rows.whole.attname: record.pk, rows.other.attname: key})
        for key in dict.fromkeys(now.values())
        if key is not None
    )
    label = record._meta.get_field(name).verbose_name
    missing += [not_there(other, key, label) for key in keys if now[key] is None]


def fill_parts(record, rows, parts, missing):
    """Make the parts of a record anew, but for those whose name is in use by now."""
    for data in parts:
        part = made_of(rows.model._meta.label_lower, data["id"], data)
        setattr(part, rows.whole.name, record)
        try:
            part.clean()
            part.validate_unique()
            part.validate_constraints()
        except ValidationError:
            label = str(rows.model._meta.verbose_name)
            holder = holder_of_name(record, part)
            missing.append(Missing(label, str(part), holder))
        else:
            part.save_base(raw=True, force_insert=True)


def holder_of_name(record, named) -> models.Model | None:
    """Return the other record that has the name by now: its own, or of a part."""
    if not isinstance(record, Named):
        return None
    return record.others_called(named.name).first()


def still_there(model, key: int, found: dict[Key, int | None]) -> int | None:
    """Return the key of a record, or of what it was merged into; None if it is gone."""
    label = model._meta.label_lower
    if (label, key) not in found:
        is_there = model._base_manager.filter(pk=key).exists()
        found[label, key] = key if is_there else successor(model, key)
    return found[label, key]


def successor(model: type[models.Model], key: int) -> int | None:
    """Return the key of the record that one was merged into, if it is still there."""
    into = present_keys(model, [key]).get(key)
    is_there = into and model._base_manager.filter(pk=into).exists()
    return into if is_there else None


def not_there(model: type[models.Model], key: int, label: str) -> Missing:
    record = model._base_manager.filter(pk=key).first()
    if record:
        return Missing(str(label), str(record))
    last = last_version(model, key)
    lies_there = last is not None and in_trash().filter(pk=last.pk).exists()
    name = last.title if last else str(key)
    return Missing(str(label), name, is_in_trash=lies_there)


def settle_names(record: models.Model) -> bool:
    """Raise TakenError where another record has a name or an address of this one.

    The end of its page's address can be another one: return whether it is.
    """
    is_moved = False
    for names in unique_together(type(record)):
        if holder := holder_of(record, names):
            if names != ("slug",):
                raise TakenError(holder)
            record.slug = unused_slug(record, record.slug)
            is_moved = True
    if holder := holder_of_name(record, record):
        raise TakenError(holder)
    return is_moved


def unique_together(model: type[models.Model]) -> list[tuple[str, ...]]:
    """Return the fields that no two records may share, each alone or some together."""
    alone = [
        (field.name,)
        for field in fields_of(model)
        if field.unique and not field.is_relation
    ]
    constraints = model._meta.total_unique_constraints
    return alone + [tuple(constraint.fields) for constraint in constraints]


def holder_of(record: models.Model, names: tuple[str, ...]) -> models.Model | None:
    values = {name: getattr(record, name) for name in names}
    if None in values.values():
        return None
    others = type(record)._base_manager.exclude(pk=record.pk)
    return others.filter(**values).first()


def settle_state(record: models.Model, may_publish) -> bool:
    """Put a published record into draft where it must not be published again."""
    if not isinstance(record, Publishable) or record.state != State.PUBLISHED:
        return False
    if may_publish(type(record)):
        try:
            record.full_clean(validate_unique=False)
            return False
        except ValidationError:
            # What it needs to be public, such as its source, is gone.
            pass
    record.state = State.DRAFT
    return True


# For good


def empty_trash() -> str:
    """Erase what has been in the trash for 30 days; say how many records that was.

    Cut off or run twice at once, it does no harm.
    """
    until = timezone.now() - KEPT_FOR
    n_erased = 0
    while True:
        old = in_trash().filter(revision__made_at__lte=until)
        keys = list(old.order_by("id").values_list("pk", flat=True)[:N_AT_ONCE])
        if not keys:
            return f"Erased from the trash: {n_erased:,}."
        n_erased += erase(keys)


@transaction.atomic
def erase(keys: Iterable[int]) -> int:
    """Take out of the trash for good, by the keys of versions; return how many.

    All versions of each record go, and its images. That the public knew its page is
    all that is remembered.
    """
    versions = locked_in_trash(keys)
    for last in versions:
        versions_of_it = Version.objects.filter(label=last.label, record=last.record)
        model = apps.get_model(last.label)
        for field in fields_of(model):
            if isinstance(field, SiteImageField):
                record = model(pk=last.record)
                names = versions_of_it.values_list(f"data__{field.name}", flat=True)
                for name in {*filter(None, names)}:
                    SiteImageFile(record, field, name).let_go()
        revisions = set(versions_of_it.values_list("revision", flat=True))
        if tells_of_public(last):
            versions_of_it.exclude(pk=last.pk).delete()
            last.title, last.data = str(last.record), {WAS_PUBLIC: True}
            last.save(update_fields=["title", "data"])
        else:
            versions_of_it.delete()
        Revision.objects.filter(pk__in=revisions, versions=None).delete()
        OldAddress.objects.filter(label=last.label, record=last.record).delete()
    return len(versions)
