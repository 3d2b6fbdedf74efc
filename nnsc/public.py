"""Public pages: a function of their address and of the content, alike for everyone.

So they may be kept: by us, in nnsc.pagecache, and for some seconds by any cache in
front of us.
"""

from collections.abc import Iterable
from functools import wraps

from django.conf import settings
from django.http import QueryDict
from django.utils.cache import patch_cache_control

from nnsc.editions import edition_noted

# Instead of the names of parameters, where every one of them matters.
ALL = None


def kept(*parameters: str):
    """Decorator of views whose answers may be kept until the content changes.

    parameters are all that the view reads of the query; it is asked without the rest.
    """
    return _marking(frozenset(parameters))


def kept_by_whole_query(view):
    """Decorator of views as above, which say themselves that a parameter is unknown."""
    return _marking(ALL)(view)


def _marking(parameters):
    def mark(view):
        view.kept_parameters = parameters
        return view

    return mark


def public_page(*parameters: str):
    """Decorator of views that show a public page: kept by us and by caches before."""

    def decorate(view):
        @wraps(view)
        def show(request, *args, **kwargs):
            # Also where nothing is kept, so that who forgets a name here sees it.
            request.GET = known_only(request.GET, parameters)
            with edition_noted():
                response = view(request, *args, **kwargs)
            if settings.SESSION_COOKIE_NAME in request.COOKIES:
                # Staff see what is live at this moment, and nobody after them does.
                patch_cache_control(response, private=True, no_cache=True)
            else:
                # A view may know better, as of results that are not whole yet.
                response.headers.setdefault("Cache-Control", for_caches())
            return response

        return kept(*parameters)(show)

    return decorate


def known_only(query: QueryDict, known: Iterable[str]) -> QueryDict:
    unknown = query.keys() - known
    if unknown:
        query = query.copy()
        for name in unknown:
            del query[name]
    return query


def for_caches() -> str:
    """Return Cache-Control: browsers ask each time, which costs them a 304.

    Caches in front of us may show a page for CACHE_SECONDS, then for as long again
    while they fetch the next, and for longer only while we cannot be reached.
    """
    seconds = settings.CACHE_SECONDS
    return (
        f"public, max-age=0, s-maxage={seconds}, stale-while-revalidate={seconds},"
        f" stale-if-error={settings.STALE_SECONDS}"
    )
