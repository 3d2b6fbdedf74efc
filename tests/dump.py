"""All content, row by row: to compare what was before an act and after its undoing."""

from nnsc.changes import content_models
from nnsc.models import LoadedItem, MergedRecord, OldAddress


def dump() -> dict[str, list[dict]]:
    """Return every row of every table of content with all its columns."""
    models = [*content_models(), LoadedItem, MergedRecord, OldAddress]
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in models
    }
