"""Parts of pages are made once, and anew when something in them has changed."""

from datetime import timedelta

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import timezone

import make
from nnsc import fragments
from nnsc.changes import last_change, record_bulk_change
from nnsc.editions import edition_noted
from nnsc.fragments import part
from nnsc.models import Change, Generation

pytestmark = pytest.mark.django_db


class Maker:
    """Makes a part of the names of the cities, and counts how often."""

    def __init__(self):
        self.n_made = 0

    def __call__(self):
        self.n_made += 1
        return f"part {self.n_made}"

    def ask(self, *apps):
        with edition_noted():
            return part("cities", None, apps or ("impact",), self)


@pytest.mark.parametrize(
    "change, is_made_anew",
    [
        (lambda: None, False),
        (lambda: make.article(), False),
        (lambda: make.city(), True),
        (lambda: make.city().aliases.create(name="Another name"), True),
        (lambda: make.city().delete(), True),
        (record_bulk_change, True),
    ],
)
def test_a_part_is_made_anew_when_a_record_of_its_apps_has_changed(
    change, is_made_anew
):
    cities = Maker()
    first = cities.ask()
    change()

    assert (cities.ask() != first) is is_made_anew
    assert cities.ask() == cities.ask()


def test_it_may_be_of_several_apps():
    maker = Maker()
    maker.ask("impact", "news")
    make.article()
    maker.ask("impact", "news")

    assert maker.n_made == 2


def test_it_is_made_anew_on_the_second_of_a_scheduled_record(time_machine):
    time_machine.move_to("2026-01-01T12:00:00Z", tick=False)
    make.metric(goes_live_at=timezone.now() + timedelta(seconds=60))
    maker = Maker()
    maker.ask()

    time_machine.shift(59)
    maker.ask()
    assert maker.n_made == 1
    time_machine.shift(1)
    maker.ask()
    assert maker.n_made == 2


def test_what_was_read_before_a_change_is_never_found_after_it():
    maker = Maker()
    with edition_noted():
        # Somebody else's page meets the change while ours is being made.
        make.city()
        old = part("cities", None, ("impact",), maker)

    assert maker.ask() != old


def test_while_another_page_has_met_a_later_edition_nothing_is_kept():
    ours, theirs = Maker(), Maker()
    with edition_noted():
        make.city()
        later = theirs.ask()
        assert part("cities", None, ("impact",), ours) != later or ours.n_made == 1
        part("cities", None, ("impact",), ours)

    assert ours.n_made == 2
    assert theirs.ask() == later


def test_after_the_database_was_restored_all_is_made_anew():
    maker = Maker()
    backup = last_change()
    make.city()
    first = maker.ask()

    Generation.objects.update(number=backup[0], token=backup[1])
    Change.objects.filter(generation__gt=backup[0]).delete()
    restored = maker.ask()
    make.city()
    later = maker.ask()

    assert maker.n_made == 3
    assert len({first, restored, later}) == 3


def test_outside_of_a_page_nothing_is_kept():
    maker = Maker()

    assert part("cities", None, ("impact",), maker) != part(
        "cities", None, ("impact",), maker
    )


def test_what_was_kept_first_goes_first(monkeypatch):
    monkeypatch.setattr(fragments, "N_KEPT", 3)
    maker = Maker()
    with edition_noted():
        parts = [part("part", name, ("impact",), maker) for name in "abcd"]
        again = [part("part", name, ("impact",), maker) for name in "bcd"]

    assert again == parts[1:]


KEPT = '{% load nnsc %}{% kept "part" by city.pk of "impact" %}{{ city }}{% endkept %}'


def test_a_template_tells_one_page_s_part_from_another_s():
    some, other = make.city("Boston"), make.city("Stockton")
    template = Template(KEPT)

    with edition_noted():
        for city in [some, other, some]:
            assert template.render(Context({"city": city})) == str(city)


def test_a_preview_neither_finds_nor_leaves_a_part():
    city = make.city("Boston")
    template = Template(KEPT)
    with edition_noted():
        template.render(Context({"city": city}))
        city.name = "Not saved"

        previewed = template.render(Context({"city": city, "preview": object()}))

        assert previewed == "Not saved, OH"
        assert template.render(Context({"city": city})) == "Boston, OH"


@pytest.mark.parametrize(
    "said", ["kept", 'kept "a"', 'kept "a" by', 'kept "a" for "b"']
)
def test_a_tag_that_is_misspelt_says_how_it_is_written(said):
    with pytest.raises(TemplateSyntaxError, match="kept is written"):
        Template(f"{{% load nnsc %}}{{% {said} %}}{{% endkept %}}")
