"""Principles in the API."""

from datetime import datetime

from ninja import Field, Query, Router, Schema

from nnsc.api import MISSING, REFUSED, Listing, PageParameters, by_slug, page_of
from nnsc.outputs import absolute
from principles.models import Principle

router = Router(tags=["principles"])


class PrincipleOut(Schema):
    id: int
    url: str = Field(description="Its page here.")
    title: str
    slug: str
    summary: str
    body: str = Field(description="Plain text; an empty line begins a new paragraph.")
    position: int = Field(description="Its place in the order kept by the network.")
    updated_at: datetime

    @staticmethod
    def resolve_url(principle):
        return absolute(principle.get_absolute_url())


@router.get(
    "/principles",
    response={200: Listing[PrincipleOut], **REFUSED},
    url_name="principles",
)
def principle_list(request, parameters: Query[PageParameters]):
    """The rules that the network works by, in its order."""
    return page_of(request, Principle.objects.live(), ["position", "id"], parameters)


@router.get("/principles/{slug:slug}", response={200: PrincipleOut, **MISSING})
def principle(request, slug: str):
    """One principle."""
    return by_slug(Principle.objects.live(), slug)
