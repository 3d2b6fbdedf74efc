"""What the history has kept of a record."""

from nnsc.history import key_of
from nnsc.models import Version


def versions_of(record):
    label, pk = key_of(record)
    versions = Version.objects.filter(label=label, record=pk).order_by("number")
    versions = list(versions.select_related("revision"))
    assert [version.number for version in versions] == [*range(1, len(versions) + 1)], (
        "numbered without a gap"
    )
    return versions


def acts_of(record):
    return [version.revision.act for version in versions_of(record)]


def last_of(record):
    label, pk = key_of(record)
    return Version.objects.filter(label=label, record=pk).latest("number")
