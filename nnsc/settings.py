"""Settings, the same lines in tests, development and production.

What differs between machines comes from the environment; the README lists every
variable. Nothing set means local: SQLite, a generated secret, debug off.
"""

from pathlib import Path
from zoneinfo import available_timezones

from csp.constants import NONE, SELF

from nnsc import environment
from nnsc.environment import SettingError

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = environment.folder("DATA_DIR", BASE_DIR / "data", base=BASE_DIR)

# What this machine is

PRODUCTION = environment.flag("PRODUCTION")
DEBUG = environment.flag("DEBUG")
SECRET_KEY = environment.text("SECRET_KEY")
ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS", [])

if PRODUCTION:
    if DEBUG:
        raise SettingError("DEBUG must be off in production, where it shows secrets.")
    if len(SECRET_KEY) < 50:
        raise SettingError(
            "SECRET_KEY must be set to at least 50 random characters in production,"
            " made for example with: python3 -c"
            " 'import secrets; print(secrets.token_urlsafe(64))'."
        )
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise SettingError(
            "ALLOWED_HOSTS must name the hosts of the site in production,"
            " for example nnscommunities.org,www.nnscommunities.org."
        )
    default_site_url = "http://" + ALLOWED_HOSTS[0].lstrip(".")
else:
    SECRET_KEY = SECRET_KEY or environment.kept_secret(DATA_DIR / "secret_key")
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
    default_site_url = "http://localhost:8000"

# Where readers find the site: in feeds, mails and canonical addresses.
SITE_URL = environment.origin("SITE_URL", default_site_url)
HTTPS = SITE_URL.startswith("https://")

# Where readers write to; pages name no address while there is none.
CONTACT_EMAIL = environment.email("CONTACT_EMAIL")

# What the site is made of

INSTALLED_APPS = [
    "nnsc.apps.NnscConfig",
    "nnsc.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "adminsortable2",
    "taggit",
    "csp",
    "principles",
    "impact",
    "news",
    "nnsc.front",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    # Above compression: its files are compressed already, when they are collected.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "nnsc.compression.CompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "nnsc.moved.MovedMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "nnsc.urls"
WSGI_APPLICATION = "nnsc.wsgi.application"

template_loaders = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
if not DEBUG:
    # With DEBUG a template that is being written is read anew for every page.
    template_loaders = [("nnsc.folding.Loader", template_loaders)]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": template_loaders,
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "nnsc.texts.texts",
                "nnsc.context.site",
            ],
        },
    },
]

# Database

DATABASES = {
    "default": environment.database(
        "DATABASE_URL", DATA_DIR / "db.sqlite3", base=BASE_DIR
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A transaction takes its lock at its beginning, where it can wait for it;
    # readers and the one writer do not wait for each other.
    DATABASES["default"]["OPTIONS"] |= {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
else:
    # A server that does not answer is found out, and left, within seconds.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        **DATABASES["default"]["OPTIONS"],
    }
# To open one for every page costs as much as a short page.
DATABASES["default"]["CONN_MAX_AGE"] = 600 if PRODUCTION else 0

# Cache

CACHE_URL = environment.url(
    "CACHE_URL", ["redis", "rediss"], example="redis://localhost:6379/0"
)
if CACHE_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CACHE_URL,
            "KEY_PREFIX": "nnsc",
            # Who waits for it could have been answered without.
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Kept pages

# Elsewhere a template that is being written is to be seen at once.
KEPT_PAGES_MB = environment.number("KEPT_PAGES_MB", 64 if PRODUCTION else 0)
# For how long they are shown while the database is down.
STALE_SECONDS = environment.number("STALE_SECONDS", 86_400)
# For how long a cache in front of us may show one without asking.
CACHE_SECONDS = environment.number("CACHE_SECONDS", 5)
# How many requests a process lets Django work on at once.
THREADS = environment.number("THREADS", 4, lowest=1)

# Files

STATIC_URL = "/static/"
STATIC_ROOT = environment.path("STATIC_ROOT", DATA_DIR / "static", base=BASE_DIR)
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = environment.path("MEDIA_ROOT", DATA_DIR / "media", base=BASE_DIR)

# In production names hold a hash of the content, so browsers keep files for ever.
# Elsewhere files are found where they are written and nothing has to be collected.
if PRODUCTION:
    staticfiles_storage = "nnsc.storage.SiteStorage"
else:
    staticfiles_storage = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": staticfiles_storage},
}
WHITENOISE_AUTOREFRESH = not PRODUCTION
WHITENOISE_USE_FINDERS = not PRODUCTION

# An address typed without http:// or https:// is taken for https, as from Django 6 on.
FORMS_URLFIELD_ASSUME_HTTPS = True

# Language and time

LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = environment.text("TIME_ZONE", "America/New_York")
if TIME_ZONE not in available_timezones():
    raise SettingError(
        f"TIME_ZONE is {TIME_ZONE!r}, which is no time zone such as America/New_York."
    )

# Security

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "nnsc.staff.typed.csrf_failure"

# With an https:// address a proxy in front of us speaks TLS, and must itself set or
# remove X-Forwarded-Proto. Without, production can be tried on loopback.
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = environment.number("HSTS_SECONDS", 31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    CSRF_TRUSTED_ORIGINS = [SITE_URL]

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": _VALIDATORS + "UserAttributeSimilarityValidator"},
    {"NAME": _VALIDATORS + "MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": _VALIDATORS + "CommonPasswordValidator"},
    {"NAME": _VALIDATORS + "NumericPasswordValidator"},
]

# Log

LOG_LEVEL = environment.choice(
    "LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], "INFO"
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # The root writes for all: Django's own handlers would write twice, or mail.
        "django": {"handlers": [], "level": "NOTSET"},
        "django.server": {"handlers": [], "level": "NOTSET", "propagate": True},
    },
}
