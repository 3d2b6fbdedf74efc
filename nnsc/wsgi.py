"""The site as a WSGI application, for a server to run."""

import os

from django.core.wsgi import get_wsgi_application

from nnsc.logs import RequestLog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nnsc.settings")

application = RequestLog(get_wsgi_application())
