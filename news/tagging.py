"""Tags by their folded names: django-taggit's manager, with our look-up."""

from taggit.managers import TaggableManager, _TaggableManager

from nnsc.models import Tag, TagAlias
from nnsc.naming import fold


class FoldedTagManager(_TaggableManager):
    """Finds the tag that is meant however it is typed; never splits a name."""

    def _to_tag_model_instances(self, tags, tag_kwargs):
        """Return the tags for tags and names, in their order, made where missing.

        A former name leads to the tag that has it now. Two queries look names up.
        """
        found = self._tags_by_key([fold(tag) for tag in tags if isinstance(tag, str)])
        chosen = []
        for tag in tags:
            if isinstance(tag, str):
                key = fold(tag)
                if key not in found:
                    found[key] = Tag.objects.create(name=" ".join(tag.split()))
                tag = found[key]
            if tag not in chosen:
                chosen.append(tag)
        return chosen

    def _tags_by_key(self, keys):
        if not keys:
            return {}
        former = TagAlias.objects.filter(key__in=keys).select_related("tag")
        found = {alias.key: alias.tag for alias in former}
        return found | {tag.key: tag for tag in Tag.objects.filter(key__in=keys)}


def tags_through(through: str, ordering: list[str]) -> TaggableManager:
    """Return the field of tags that are kept as rows of through, in their order."""
    return TaggableManager(
        through=through,
        manager=FoldedTagManager,
        ordering=ordering,
        blank=True,
        verbose_name="tags",
    )
