"""The site as a WSGI application, for a server to run: Django behind kept pages."""

import os

from django.core.wsgi import get_wsgi_application

from nnsc.logs import RequestLog
from nnsc.pagecache import with_kept_pages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nnsc.settings")

# A kept page costs less than a line about it would; a proxy in front has a log.
application = with_kept_pages(RequestLog(get_wsgi_application()))
