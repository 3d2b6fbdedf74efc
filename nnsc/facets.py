"""Facets: what a list can be narrowed by, as its form shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _

MAX_SHOWN_LENGTH = 60
N_UNFOLDED = 8


class Option(NamedTuple):
    """One choice: its value in the address, its label, how many records it leads to.

    without is the query string of the choice that is left when one that is chosen is
    taken back.
    """

    value: str
    label: str
    n_records: int
    is_chosen: bool
    without: str


@dataclass(frozen=True)
class Facet:
    """The choices of one kind: name in the address, label above them."""

    name: str
    label: str | Promise
    options: list[Option]

    @property
    def unfolded(self) -> list[Option]:
        """The first options, and any chosen one, which a closed fold would hide."""
        chosen = (option for option in self.options[N_UNFOLDED:] if option.is_chosen)
        return [*self.options[:N_UNFOLDED], *chosen]

    @property
    def folded(self) -> list[Option]:
        return [option for option in self.options[N_UNFOLDED:] if not option.is_chosen]


def nobodys(sentence: str, asked: str, labels: Mapping[str, str]) -> str:
    """Say that what was asked for is nobody's, and what may have been meant.

    sentence has one %s; labels are those of the values that there are.
    """
    # What cannot be printed, such as NUL, has no place in HTML either.
    shown = "".join(filter(str.isprintable, asked))[:MAX_SHOWN_LENGTH]
    problem = sentence % shown
    if near := get_close_matches(shown.lower(), labels, n=1):
        problem += " " + _("Did you mean %(name)s?") % {"name": labels[near[0]]}
    return problem
