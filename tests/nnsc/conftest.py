import pytest

import make


@pytest.fixture
def ann():
    return make.staff("Editor", first_name="Ann", last_name="Ames")


@pytest.fixture
def editor(client, ann):
    client.force_login(ann)
    return client
