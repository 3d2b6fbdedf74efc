"""The site as a WSGI application, for a server to run."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nnsc.settings")

application = get_wsgi_application()
