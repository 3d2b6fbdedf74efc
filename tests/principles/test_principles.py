import pytest

import make
from reading import headings, links, main

pytestmark = pytest.mark.django_db


def test_principles_come_in_the_order_that_staff_gave_them(client):
    make.principle("Enhance legitimacy", position=2)
    make.principle("First do no harm", position=1)
    make.principle("Hidden", state="draft")

    assert headings(client.get("/principles/")) == [
        "First do no harm",
        "Enhance legitimacy",
    ]


def test_a_principle_has_its_number_and_its_neighbours(client):
    for position in range(1, 4):
        make.principle(f"Rule {position}", position=position)

    page = client.get("/principles/rule-2/")

    assert "Principle 2 Rule 2" in main(page)
    assert {"/principles/rule-1/", "/principles/rule-3/"} <= set(links(page))


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_a_principle_that_is_not_live_is_not_found(client, state):
    make.principle("Hidden", state=state)

    assert client.get("/principles/hidden/").status_code == 404


def test_no_principle_yet(client):
    assert "The principles are being written." in main(client.get("/principles/"))
