"""Pages of a long list, addressed by ?page=2."""

from django.core.paginator import Page, Paginator
from django.http import HttpRequest


def page_of(request: HttpRequest, records, per_page: int) -> Page:
    """Return the page that was asked for; the nearest one where it does not exist."""
    return Paginator(records, per_page).get_page(request.GET.get("page"))
