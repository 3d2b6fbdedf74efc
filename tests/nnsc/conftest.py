import pytest

import make
from kept_pages import Site
from meanwhile import signed_in


@pytest.fixture
def ann():
    return make.staff("Editor", first_name="Ann", last_name="Ames")


@pytest.fixture
def editor(client, ann):
    client.force_login(ann)
    return client


@pytest.fixture
def a():
    """Return the browser of Ada, who saves while Bob has the same form open."""
    return signed_in(make.staff("Editor", first_name="Ada", last_name="Lovelace"))


@pytest.fixture
def b():
    return signed_in(make.staff("Editor", first_name="Bob", last_name="Moses"))


@pytest.fixture
def stored(settings):
    """Return the names of the files that are stored, each time it is called."""
    return lambda: sorted(file.name for file in settings.MEDIA_ROOT.rglob("*.*"))


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Do what waits for a commit, which a test never makes."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def site():
    """Return the site behind its kept pages."""
    return Site()
