import gc
import os

import pytest
from django.conf import settings
from django.db import transaction

from news import index
from nnsc import editions, fragments
from sending import Browser

pytest_plugins = ["browser", "guards"]


def pytest_configure():
    # Of what tests leave behind, most is never seen again: looked for less often, it
    # costs a sixth less of all their time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    # A slow hash is for real passwords.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Begin with the tests of whole servers: what others do fills the time they wait.

    Left to the end, where pytest-django puts what uses no database, they would wait
    side by side.
    """
    items.sort(key=lambda item: item.path.parent != config.rootpath / "tests")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Fail where nothing may be skipped and something was."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    may_skip = os.environ.get("REQUIRE_ALL") != "1"
    if reporter and "skipped" in reporter.stats and not may_skip:
        reporter.write_line("Tests were skipped where none may be.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix, tmp_path_factory
):
    """Give each of several threads a connection of its own, as the site does.

    In memory, where Django would have the tests of SQLite, all share one: what one
    request saves ends what another has begun.
    """
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        file = tmp_path_factory.mktemp("database") / "db.sqlite3"
        database.setdefault("TEST", {})["NAME"] = str(file)
        # What a failing power would take from a test is nothing to keep.
        database["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"


@pytest.fixture
def client():
    return Browser()


@pytest.fixture(scope="module")
def database_of_module(django_db_setup, django_db_blocker):
    """Let fixtures of a module make records once, for all its tests.

    Each test's own changes are undone, as ever; every test of the module must use it.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def nothing_kept():
    """Let no test find what another left in this process."""
    index.forget()
    editions.forget()
    fragments.forget()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Keep the uploads of a test from the site's own."""
    settings.MEDIA_ROOT = tmp_path / "media"
