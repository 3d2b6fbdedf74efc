"""The root of the API for reading: how its lists go on and how it refuses.

Each app has a router in its own api.py; nnsc.urls mounts them.
"""

from collections.abc import Iterable, Sequence
from functools import reduce, wraps
from operator import or_
from typing import Generic, TypeVar

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import re_path
from django.utils.translation import gettext as _
from ninja import Field, NinjaAPI, Router, Schema
from ninja.errors import HttpError, ValidationError

from nnsc.moved import Moved, present_slugs
from nnsc.outputs import NotReady, Refused, absolute, output, refuse_others
from nnsc.public import kept_by_whole_query

DESCRIPTION = """\
News about the work of the National Network for Safe Communities, what was measured, and
the principles behind it. Everything here is read, nothing is written; no key is needed.

- A list gives its `items` and the address of the `next` ones, null at its end.
- What is not known is null, or empty where it is text; never 0, and no day is made up.
- A parameter or value that is not understood is refused with 422, and named.
- While search still reads many changes, `q` is refused with 503; ask again later.
- Answers carry an `ETag`; with it as `If-None-Match`, what has not changed is a 304.
- Only additions are made to `/api/v1/`: programs should pass over fields that they do
  not know.
"""

Item = TypeVar("Item")


class Problem(Schema):
    detail: str = Field(description="What is wrong, in a sentence.")
    parameters: list[str] = Field(description="The parameters that are at fault.")


class Listing(Schema, Generic[Item]):
    count: int = Field(description="How many there are, on all pages.")
    next: str | None = Field(description="Where the list goes on; null at its end.")
    items: list[Item]


class PageParameters(Schema):
    after: str = Field("", description="Where to go on, as `next` of a list has it.")
    limit: int = Field(50, ge=1, le=100, description="How many items at a time.")


REFUSED = {422: Problem}
NOT_READY = {503: Problem}
MISSING = {404: Problem, 422: Problem}


def page_of(request: HttpRequest, records, order: Sequence[str], parameters) -> dict:
    """Return the Listing of a queryset, ordered by the fields of order. Two queries.

    The last field must be unique. Going on from the last item, and not from a number,
    neither skips nor repeats what stays while others come and go.
    """
    rest = records.order_by(*order)
    if last := read_cursor(request, parameters.after):
        rest = rest.filter(behind(order, last))
    items = list(rest[: parameters.limit + 1])
    goes_on = len(items) > parameters.limit
    items = items[: parameters.limit]
    return {
        "count": records.count(),
        "next": next_url(request, [getattr(items[-1], name) for name in order])
        if goes_on
        else None,
        "items": items,
    }


def by_slug(records: QuerySet, slug: str):
    """Return the record of a slug. Raise Http404; Moved where it is a former one."""
    record = records.filter(slug=slug).first()
    if record is None:
        for present in present_slugs([(records.model, slug)]).values():
            raise Moved(present)
        raise Http404
    return record


def behind(order: Sequence[str], last: Sequence) -> Q:
    """Return the condition of what comes after a record with those values."""
    steps = [
        Q(**dict(zip(order[:at], last, strict=False)), **{f"{name}__gt": last[at]})
        for at, name in enumerate(order)
    ]
    return reduce(or_, steps)


def next_url(request: HttpRequest, last: Sequence) -> str:
    query = request.GET.copy()
    # Signed, so that what comes back is what was given.
    query["after"] = Signer(salt=request.path).sign_object(list(last))
    return absolute(f"{request.path}?{query.urlencode()}")


def read_cursor(request: HttpRequest, after: str) -> list | None:
    if not after:
        return None
    try:
        return Signer(salt=request.path).unsign_object(after)
    except BadSignature:
        raise Refused(
            _("“after” is not from the “next” of this list. Begin without it."),
            ["after"],
        ) from None


def strict(run):
    """Decorator of operations: refuse parameters that their signatures do not have."""
    known = [
        name
        for model in run.__self__.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    ]

    @wraps(run)
    def checked(request, **values):
        try:
            refuse_others(request.GET, known)
        except Refused as refused:
            return on_refused(request, refused)
        return run(request, **values)

    return checked


api = NinjaAPI(
    title="National Network for Safe Communities",
    version="1.0.0",
    description=DESCRIPTION,
    urls_namespace="api",
    servers=[{"url": settings.SITE_URL}],
    # Its pages would load scripts, which nothing public here does.
    docs_url=None,
)
api.add_decorator(strict, mode="view")


def answer_problem(request, status: int, sentence: str, parameters: Iterable[str] = ()):
    problem = {"detail": sentence, "parameters": list(parameters)}
    return api.create_response(request, problem, status=status)


@api.exception_handler(Refused)
def on_refused(request, refused):
    return answer_problem(request, 422, refused.sentence, refused.parameters)


@api.exception_handler(Moved)
def on_moved(request, moved):
    return moved.response(request)


@api.exception_handler(NotReady)
def on_not_ready(request, not_ready):
    return answer_problem(request, 503, not_ready.sentence)


@api.exception_handler(ValidationError)
def on_invalid(request, error):
    found = {str(problem["loc"][-1]): problem["msg"] for problem in error.errors}
    sentence = " ".join(f"“{name}”: {message}." for name, message in found.items())
    return answer_problem(request, 422, sentence, found)


@api.exception_handler(HttpError)
def on_error(request, error):
    return answer_problem(request, error.status_code, error.message)


@api.exception_handler(Http404)
def on_missing(request, error=None):
    return answer_problem(
        request, 404, _("There is nothing here. /data/ says what there is.")
    )


def api_urls(*routers: Router) -> tuple:
    """Return the API of the routers, as path() includes it."""
    for router in routers:
        api.add_router("", router)
    patterns, *names = api.urls
    for pattern in patterns:
        # The root has nothing to say but needs its name.
        view = on_missing if pattern.name == "api-root" else pattern.callback
        pattern.callback = kept_by_whole_query(output(reading(view)))
    return [*patterns, re_path("", output(on_missing), name="missing")], *names


def reading(view):
    """Let HEAD ask what GET does; the server leaves out the body."""

    @wraps(view)
    def read(request, *args, **kwargs):
        method, request.method = request.method, "GET"
        try:
            return view(request, *args, **kwargs)
        finally:
            request.method = method

    return read
