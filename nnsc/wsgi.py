"""The site as a WSGI application, for a server to run: Django behind kept pages."""

import os

from django.core.wsgi import get_wsgi_application

from nnsc.pagecache import with_kept_pages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nnsc.settings")

application = with_kept_pages(get_wsgi_application())
