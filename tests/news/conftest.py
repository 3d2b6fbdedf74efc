import pytest

import make


@pytest.fixture
def editor(client):
    client.force_login(make.staff("Editor"))
    return client


@pytest.fixture
def contributor(client):
    client.force_login(make.staff("Contributor"))
    return client
