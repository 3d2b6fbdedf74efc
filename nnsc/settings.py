"""Settings, the same lines in tests, development and production.

What differs between machines comes from the environment; the README lists every
variable. Nothing set means local: SQLite, a generated secret, debug off.
"""

import mimetypes
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

# How many proxies of ours stand in front; each adds to X-Forwarded-For who asked it.
PROXIES = environment.number("PROXIES", 1 if HTTPS else 0)

# Where readers write to; pages name no address while there is none.
CONTACT_EMAIL = environment.email("CONTACT_EMAIL")
# Where whoever finds a weakness of the site does: a mail address or a page.
SECURITY_CONTACT = environment.contact("SECURITY_CONTACT", CONTACT_EMAIL)

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
    "nnsc.entry.apps.EntryConfig",
    "principles",
    "impact",
    "news",
    "nnsc.front",
]

MIDDLEWARE = [
    "nnsc.logs.RequestIdMiddleware",
    "nnsc.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "nnsc.health.HealthMiddleware",
    "nnsc.limits.BodyLimitMiddleware",
    # Above compression: its files are compressed already, when they are collected.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "nnsc.compression.CompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "nnsc.moved.MovedMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "nnsc.entry.middleware.EntryMiddleware",
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
                "nnsc.context.site",
                "nnsc.context.texts",
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
    # readers and the one writer do not wait for each other. What was answered as saved
    # is on the disk, even if the power fails: NORMAL would write it a little later.
    DATABASES["default"]["OPTIONS"] |= {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
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
            "BACKEND": "nnsc.sharedcache.ForgivingCache",
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
# How many requests a process lets Django work on at once, where one holds up others.
THREADS = environment.number("THREADS", 4, lowest=1)

# Files

STATIC_URL = "/static/"
STATIC_ROOT = environment.path("STATIC_ROOT", DATA_DIR / "static", base=BASE_DIR)
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = environment.path("MEDIA_ROOT", DATA_DIR / "media", base=BASE_DIR)
# A bucket takes the place of MEDIA_ROOT. Its keys are read by boto3 itself.
MEDIA_BUCKET = environment.text("MEDIA_BUCKET")
MEDIA_ENDPOINT = environment.url(
    "MEDIA_ENDPOINT", ["http", "https"], example="https://s3.example.org"
)
# Where readers get images: here, or at a host that shows what the bucket has.
MEDIA_ORIGIN = environment.origin("MEDIA_ORIGIN", SITE_URL)
MEDIA_HOSTS = [MEDIA_ORIGIN] if MEDIA_ORIGIN != SITE_URL else []
MEDIA_URL = f"{MEDIA_ORIGIN}/" if MEDIA_HOSTS else "/media/"

# In production names hold a hash of the content, so browsers keep files for ever.
# Elsewhere files are found where they are written and nothing has to be collected.
if PRODUCTION:
    staticfiles_storage = "nnsc.storage.SiteStorage"
else:
    staticfiles_storage = "django.contrib.staticfiles.storage.StaticFilesStorage"
if MEDIA_BUCKET:
    media_storage = "nnsc.bucket.Bucket"
else:
    media_storage = "django.core.files.storage.FileSystemStorage"
STORAGES = {
    "default": {"BACKEND": media_storage},
    "staticfiles": {"BACKEND": staticfiles_storage},
}
WHITENOISE_AUTOREFRESH = not PRODUCTION
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Pages name no others, and nnsc.storage counts on it.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Of rules in a file of another type browsers take no notice.
WHITENOISE_MIMETYPES = {".rules": "application/speculationrules+json"}
mimetypes.add_type(WHITENOISE_MIMETYPES[".rules"], ".rules")

# What is sent at once: a form in memory, and files that go to the disk as they come.
# Images may have 10 MB; who sends more, up to here, is told so beside the field.
MAX_BODY_BYTES = 64 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o644
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755

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
        "img-src": [SELF, "data:", *MEDIA_HOSTS],
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

# Names that browsers let no other host and no http:// page set.
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
# In cookies, as is the default, Django would forget to take them back as securely.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# Nobody stays signed in after so long without a request: see nnsc.entry.sessions.
SESSION_ENGINE = "nnsc.entry.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
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
# Who watches over the site asks it without the proxy.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
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

# Mail

EMAIL = environment.mail("EMAIL_URL")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = EMAIL.host, EMAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL.user, EMAIL.password
EMAIL_USE_SSL, EMAIL_USE_TLS = EMAIL.is_tls, EMAIL.has_starttls
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.email("MAIL_FROM", CONTACT_EMAIL)
if EMAIL_HOST and not DEFAULT_FROM_EMAIL:
    raise SettingError(
        "MAIL_FROM must be the address from which mail is sent, for EMAIL_URL is set"
        " and CONTACT_EMAIL is not."
    )

# Log

LOG_LEVEL = environment.choice(
    "LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], "INFO"
)
LOG_FORMAT = environment.choice("LOG_FORMAT", ["line", "json"], "line")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "nnsc.logs.LineFormatter",
            "format": "{asctime} {levelname} {name}{about}: {message}",
            "style": "{",
        },
        "json": {"()": "nnsc.logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # The root writes for all: Django's own handlers would write twice, or mail.
        "django": {"handlers": [], "level": "NOTSET"},
        "django.server": {"handlers": [], "level": "NOTSET", "propagate": True},
        # Robots ask for other hosts all day; that it was a 400 is told of each request.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # The server for development writes such lines itself.
        "nnsc.access": {"level": "NOTSET" if PRODUCTION else "WARNING"},
    },
}
