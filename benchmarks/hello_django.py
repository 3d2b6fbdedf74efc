"""Django that says hello and nothing else: no middleware, no database."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

from benchmarks.hello import PAGE_BYTES

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    LOGGING_CONFIG=None,
    ROOT_URLCONF=__name__,
    SECRET_KEY="nothing is signed",  # noqa: S106
)
body = "x" * PAGE_BYTES
urlpatterns = [path("", lambda request: HttpResponse(body))]
application = get_wsgi_application()
