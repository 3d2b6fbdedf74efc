"""A form that goes on as it is carried over, and what is asked about it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.http import QueryDict

# Before the name of what was asked about: whose change is kept.
KEEP = "_keep-"
THEIRS = "theirs"


class Question(NamedTuple):
    """What both have changed since the form was opened.

    was is None where nobody knows what it was then; now is None where it is gone.
    """

    # The fields of the form that belong together, or those of a row.
    names: list[str]
    # Where in the record's snapshot it stands.
    keys: list[str]
    was: dict | None
    now: dict | None
    # How the answer is sent; empty where it is given by saving again.
    answer: str = ""
    # Whether the person had ticked the row for deletion.
    wanted_gone: bool = False


@dataclass
class Carried:
    """A form that was sent, as it goes on, and what there is to say about it."""

    data: QueryDict
    # Fields and formsets that only others have changed, by name.
    taken: list[str] = field(default_factory=list)
    # Images that were chosen, or brought back, and are wanted no more.
    dropped: set[str] = field(default_factory=set)
    # By the field beside which it is asked.
    asked: dict[str, Question] = field(default_factory=dict)
    # By the name of the formset and the number of the row.
    asked_of_rows: dict[str, dict[int, Question]] = field(default_factory=dict)
