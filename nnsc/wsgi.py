"""The site as a WSGI application, for a server to run: Django behind kept pages."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

from nnsc.logs import RequestLog
from nnsc.pagecache import with_kept_pages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nnsc.settings")

# A kept page costs less than a line about it would; a proxy in front has a log.
application = with_kept_pages(RequestLog(get_wsgi_application()))

# A full collection would hold up every reader for a tenth of a second: what is loaded,
# with all views, stays for good, and is not looked through; pages leave little to find.
resolve("/")
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
