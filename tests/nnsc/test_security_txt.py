"""Where whoever finds a weakness writes to."""

import re
from datetime import UTC, datetime, timedelta

import pytest

ADDRESS = "/.well-known/security.txt"


def test_it_names_where_to_write_and_is_never_out_of_date(client, settings):
    settings.SECURITY_CONTACT = "security@nnscommunities.org"

    answer = client.get(ADDRESS)
    said = answer.content.decode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "Contact: mailto:security@nnscommunities.org\n" in said
    assert f"Canonical: {settings.SITE_URL}{ADDRESS}\n" in said
    expires = datetime.fromisoformat(re.search(r"Expires: (\S+)", said)[1])
    left = expires - datetime.now(UTC)
    assert timedelta(days=80) < left < timedelta(days=365)


def test_a_page_may_be_named_too(client, settings):
    settings.SECURITY_CONTACT = "https://nnscommunities.org/report"

    said = client.get(ADDRESS).content.decode()
    assert said.startswith("Contact: https://nnscommunities.org/report\n")


@pytest.mark.django_db
def test_where_nobody_is_named_there_is_none(client, settings):
    settings.SECURITY_CONTACT = ""

    assert client.get(ADDRESS).status_code == 404
