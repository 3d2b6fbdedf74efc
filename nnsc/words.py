"""Words as search compares them: folded, and cut back to their stems.

Both databases are given the stems that are made here, so that a word is found, or not,
alike on both, and so that pages mark just what was found.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

MAX_WORD_LENGTH = 60
# "U.S." and "F.A.S.T." are one word each, as is "city’s"; "&" is read as "and".
WORD = re.compile(
    r"&|[A-Za-z](?:\.[A-Za-z])+\b\.?"
    r"|(?:[^\W_]|[\u0300-\u036f])+(?:['’ʼ`](?:[^\W_]|[\u0300-\u036f])+)*"
)


class Word(NamedTuple):
    """One word of a text: folded, and where it stands there."""

    folded: str
    start: int
    end: int


def fold_word(word: str) -> str:
    """Return word without case, Latin accents and signs: "city’s" as "citys"."""
    if word == "&":
        return "and"
    bare = "".join(
        character
        for character in unicodedata.normalize("NFKD", word).casefold()
        if character.isalnum()
    )
    return unicodedata.normalize("NFC", bare)[:MAX_WORD_LENGTH]


def words(text: str, fold: Callable[[str], str] = fold_word) -> Iterator[Word]:
    """Yield the words of a text, in its order."""
    for match in WORD.finditer(text):
        folded = fold(match[0])
        if folded:
            yield Word(folded, match.start(), match.end())


# The Porter stemmer: M. F. Porter, An algorithm for suffix stripping, 1980, with the
# two changes that its author made since (-bli and -logi).
STEP_2 = {
    "ational": "ate",
    "tional": "tion",
    "enci": "ence",
    "anci": "ance",
    "izer": "ize",
    "bli": "ble",
    "alli": "al",
    "entli": "ent",
    "eli": "e",
    "ousli": "ous",
    "ization": "ize",
    "ation": "ate",
    "ator": "ate",
    "alism": "al",
    "iveness": "ive",
    "fulness": "ful",
    "ousness": "ous",
    "aliti": "al",
    "iviti": "ive",
    "biliti": "ble",
    "logi": "log",
}
STEP_3 = {
    "icate": "ic",
    "ative": "",
    "alize": "al",
    "iciti": "ic",
    "ical": "ic",
    "ful": "",
    "ness": "",
}
STEP_4 = dict.fromkeys(
    [
        *["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment"],
        *["ent", "sion", "tion", "ou", "ism", "ate", "iti", "ous", "ive", "ize"],
    ],
    "",
) | {"sion": "s", "tion": "t"}


def stem(word: str) -> str:
    """Return what the forms of an English word share: "homicides" as "homicid"."""
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    word = without_plural(word)
    word = without_ed_and_ing(word)
    if word.endswith("y") and has_vowel(word[:-1]):
        word = word[:-1] + "i"
    word = replaced(word, STEP_2, least_measure=1)
    word = replaced(word, STEP_3, least_measure=1)
    word = replaced(word, STEP_4, least_measure=2)
    if word.endswith("e"):
        head = word[:-1]
        if measure(head) > 1 or (measure(head) == 1 and not ends_short(head)):
            word = head
    if word.endswith("ll") and measure(word) > 1:
        word = word[:-1]
    return word


def without_plural(word):
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def without_ed_and_ing(word):
    if word.endswith("eed"):
        return word[:-1] if measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        head = word.removesuffix(ending)
        if head != word and has_vowel(head):
            if head.endswith(("at", "bl", "iz")):
                return head + "e"
            if is_doubled(head) and head[-1] not in "lsz":
                return head[:-1]
            return head + "e" if measure(head) == 1 and ends_short(head) else head
    return word


def replaced(word, endings, least_measure):
    """Replace the longest of the endings, where enough stands before it."""
    for length in range(min(7, len(word)), 1, -1):
        ending = word[-length:]
        if ending in endings:
            head = word[:-length]
            new = endings[ending]
            # Of -sion and -tion the consonant stays, and counts.
            kept = head + new if ending in ("sion", "tion") else head
            return head + new if measure(kept) >= least_measure else word
    return word


def shape(word):
    """Return word as consonants and vowels: "c" and "v" for each letter."""
    letters = ""
    for letter in word:
        is_vowel = letter in "aeiou" or (letter == "y" and letters[-1:] == "c")
        letters += "v" if is_vowel else "c"
    return letters


def measure(word):
    """Return how often consonants follow on vowels."""
    return shape(word).count("vc")


def has_vowel(word):
    return "v" in shape(word)


def is_doubled(word):
    return len(word) > 1 and word[-1] == word[-2] and shape(word)[-1] == "c"


def ends_short(word):
    return shape(word).endswith("cvc") and word[-1] not in "wxy"


# For the site's own texts, which say the same words again and again. What is typed in
# a search box goes without: strangers make up any number of words.
fold_known = lru_cache(50_000)(fold_word)
stem_known = lru_cache(50_000)(stem)
