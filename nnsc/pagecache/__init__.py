"""Kept pages: who asks first pays for a page, and everyone after gets bytes.

boundary.py answers requests, from shelf.py what this process keeps, from shared.py what
all share; workshop.py is where Django makes the rest, in the threads of crew.py.
watch.py knows when pages are out of date, page.py what is sent for one, bodies.py bears
with slow readers.
"""

import sys


def with_kept_pages(django):
    """Return the WSGI application that answers for django, another one."""
    from django.conf import settings

    from nnsc.changes import something_was_taken_back
    from nnsc.editions import current_edition
    from nnsc.pagecache.boundary import PageCache
    from nnsc.pagecache.shared import SharedShelf
    from nnsc.pagecache.shelf import Shelf
    from nnsc.pagecache.watch import Watch
    from nnsc.pagecache.workshop import Workshop, spare_open_transactions

    shelf = Shelf(settings.KEPT_PAGES_MB * 1_000_000)

    def on_new(before, new):
        if something_was_taken_back(before.generation):
            shelf.forget_all_but(new.name)

    spare_open_transactions()
    # In seconds: so long a reader of a kept page waits while a page is made.
    sys.setswitchinterval(0.001)
    return PageCache(
        Workshop(django, settings.THREADS),
        Watch(current_edition, on_new),
        shelf,
        SharedShelf(is_on=bool(settings.CACHE_URL)),
    )
