"""What moved: an old address, and the key of what was merged, lead to what is there.

What is kept is the record, not where it went: however often it is renamed or merged,
each of its old addresses leads straight to where it is, in one hop.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from urllib.parse import urljoin

from django.apps import apps
from django.db import models
from django.db.models.signals import pre_save
from django.http import HttpRequest, HttpResponsePermanentRedirect, QueryDict
from django.urls import NoReverseMatch

from nnsc.changes import content_models
from nnsc.models import MergedRecord, OldAddress


def notice_moves() -> None:
    """Keep the address that a record leaves when its slug is changed."""
    for model in content_models():
        slug = next((f for f in model._meta.fields if f.name == "slug"), None)
        # An article is found by its number, whatever stands behind it.
        if slug is not None and slug.unique:
            pre_save.connect(_on_save, sender=model)


def _on_save(sender, instance, raw=False, **kwargs):
    if raw or not instance.pk:
        return
    old = sender._default_manager.filter(pk=instance.pk).values_list("slug", flat=True)
    slug = old.first()
    if slug and instance.slug and slug != instance.slug:
        OldAddress.objects.update_or_create(
            path=sender(slug=slug).get_absolute_url(),
            defaults={"label": sender._meta.label_lower, "record": instance.pk},
        )


def new_address(path: str) -> str | None:
    """Return where the page of an old address is now, None if it is nowhere.

    What stands behind it, such as feed.atom, is kept. Two queries at most.
    """
    parent = path[: path.rfind("/") + 1]
    found = OldAddress.objects.filter(path__in={path, parent}).first()
    if found is None:
        return None
    model: type[models.Model] = apps.get_model(found.label)
    record = model._default_manager.filter(pk=found.record).first()
    return record and record.get_absolute_url() + path.removeprefix(found.path)


class Moved(Exception):  # noqa: N818
    """A request for records by former slugs; address leads on from its path."""

    def __init__(self, address: str):
        super().__init__(address)
        self.address = address

    def response(self, request: HttpRequest) -> HttpResponsePermanentRedirect:
        return HttpResponsePermanentRedirect(urljoin(request.path, self.address))


def lead_on(
    query: QueryDict, unknown: dict[str, tuple[type[models.Model], Collection[str]]]
) -> None:
    """Raise Moved where a slug that is unknown is a former one of a record.

    unknown are the models and the slugs by the parameter that has them. One query where
    there are any, and one for each kind of record that has moved.
    """
    asked = [
        (model, slug)
        for model, slugs in unknown.values()
        for slug in dict.fromkeys(slugs)
    ]
    present = present_slugs(asked)
    if not present:
        return
    query = query.copy()
    for name, (model, _slugs) in unknown.items():
        values = (present.get((model, slug), slug) for slug in query.getlist(name))
        query.setlist(name, dict.fromkeys(values))
    raise Moved(f"?{query.urlencode()}")


def present_slugs(
    former: Collection[tuple[type[models.Model], str]],
) -> dict[tuple[type[models.Model], str], str]:
    """Return for slugs that records of models have left those that they have now."""
    paths = {}
    for model, slug in former:
        with suppress(NoReverseMatch):
            paths[model(slug=slug).get_absolute_url()] = model, slug
    if not paths:
        return {}
    present = {}
    for old in OldAddress.objects.filter(path__in=paths):
        model, slug = paths[old.path]
        record = model._default_manager.filter(pk=old.record).first()
        if record and old.label == model._meta.label_lower:
            present[model, slug] = record.slug
    return present


def present_keys(model: type[models.Model], keys: Iterable[int]) -> dict[int, int]:
    """Return for each key of a record that was merged the key of what it is now.

    One query.
    """
    merged = MergedRecord.objects.filter(
        label=model._meta.label_lower, record__in=list(keys)
    )
    return dict(merged.values_list("record", "into"))


class MovedMiddleware:
    """Sends who asks for an old address to the new one; asks only where nothing is.

    Also who asks for records by former slugs: see Moved.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        response = self.get_response(request)
        if response.status_code == 404 and "\0" not in request.path:
            address = new_address(request.path)
            if address and address != request.path:
                query = request.META.get("QUERY_STRING")
                return HttpResponsePermanentRedirect(
                    f"{address}?{query}" if query else address
                )
        return response

    def process_exception(self, request, exception):
        return exception.response(request) if isinstance(exception, Moved) else None
