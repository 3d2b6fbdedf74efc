"""Records that have one of many values."""

import pytest

import make
from impact.models import City

pytestmark = pytest.mark.django_db


def test_records_are_found_among_any_number_of_values():
    first, second, _ = (make.city() for _ in range(3))

    assert set(City.objects.filter(pk__among=[second.pk, first.pk])) == {first, second}
    assert set(City.objects.filter(name__among={first.name, "O'Nowhere \\"})) == {first}
    assert list(City.objects.filter(pk__among=[])) == []
    assert (
        City.objects.filter(pk__among=range(first.pk, first.pk + 20_000)).count() == 3
    )
