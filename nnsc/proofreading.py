"""What went wrong in copying a text, found without a dictionary."""

import re
from collections.abc import Iterator
from itertools import product

from django.utils.translation import gettext as _

# A word goes on with a capital where a space or the end of a sentence was lost:
# "violenceReduction", "HauppaugeF.A.S.T".
CAPITAL_WITHIN = re.compile(r"\b[^\W\d_]*[a-z]{3}[A-Z][a-z.][\w.]*")
# "violence.The", and not "recordnet.com".
NO_SPACE_AFTER = re.compile(r"\b[a-z]{2,}[.,;:!?][A-Z][a-z]+\b")
WORDS = re.compile(r"\b[a-z]+\b")
WRITTEN_SO = {
    *["CeaseFire", "CrimeSolutions", "FaceTime", "LinkedIn", "PowerPoint", "WhatsApp"],
}

# Small words that run into each other, as in "andthe".
FIRST = "and at by for from has have in is of on that the their to was were with"
SECOND = "and for from have in is of that the their this to was were with"
JOINED = {"".join(pair) for pair in product(FIRST.split(), SECOND.split())}
JOINED -= {"forto", "isis", "into", "onto", "within"}

N_SHOWN = 3
N_SHOWN_LETTERS = 40
# "NYPD" is no shouting, nor is "U.S. AG".
N_SHOUTED_LETTERS = 12


def remarks(title: str, *texts: str) -> Iterator[str]:
    """Yield sentences for staff on a title, and on the texts of which it is one."""
    if is_shouted(title):
        yield _("The title is in capitals, which readers hear as shouting.")
    if words := run_together(*texts):
        shown = ", ".join(f"“{word[:N_SHOWN_LETTERS]}”" for word in words)
        yield _("Words seem to have run together: %(words)s.") % {"words": shown}


def run_together(*texts: str) -> list[str]:
    """Return the first words of texts that seem to be two, such as "andthe"."""
    found = []
    for text in texts:
        for pattern in (CAPITAL_WITHIN, NO_SPACE_AFTER):
            found += pattern.findall(text)
        found += [word for word in WORDS.findall(text) if word in JOINED]
    return [word for word in dict.fromkeys(found) if word not in WRITTEN_SO][:N_SHOWN]


def is_shouted(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    return len(letters) >= N_SHOUTED_LETTERS and text.isupper()


def n_words(text: str) -> int:
    return len(text.split())
