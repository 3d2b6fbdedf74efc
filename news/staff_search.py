"""What staff find among all articles, public or not, however many there are."""

from django.db.models import Q

from news.addresses import address_key
from news.models import Article
from nnsc.searching import search

# Of each kind, the newest.
N_FOUND = 1_000
TEXTS = ["title", "source__name", "source_url", "byline", "quote", "summary"]


def found_by_staff(typed: str) -> set[int]:
    """Return primary keys: what readers find, hidden articles, notes and addresses.

    Live articles are found through the search of the site. What is hidden is no part
    of it, nor are the notes of staff: these are read through, for they are few.
    """
    # PostgreSQL raises on NUL.
    typed = typed.replace("\0", " ").strip()
    found = set(search(typed).of(Article))
    hidden = Article.objects.hidden()
    noted = Article.objects.exclude(staff_note="")
    for articles in [
        hidden.filter(having_all(typed, TEXTS)),
        noted.filter(having_all(typed, ["staff_note"])),
        Article.objects.filter(source_key=address_key(typed)),
    ]:
        newest = articles.order_by("-pk").values_list("pk", flat=True)
        found.update(newest[:N_FOUND])
    return found


def having_all(typed: str, fields: list[str]) -> Q:
    """Return the condition that every word is in one of the fields."""
    condition = Q()
    for word in typed.split():
        anywhere = Q()
        for field in fields:
            anywhere |= Q(**{f"{field}__icontains": word})
        condition &= anywhere
    return condition
