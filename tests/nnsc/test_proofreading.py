"""What went wrong in copying a text is found, and names are left alone."""

import json

import pytest

from nnsc.front.loading import CONTENT
from nnsc.proofreading import is_shouted, n_words, run_together


@pytest.mark.parametrize(
    "text, found",
    [
        ("It fell, andthe city", ["andthe"]),
        ("violenceReduction works", ["violenceReduction"]),
        ("in HauppaugeF.A.S.T, a team", ["HauppaugeF.A.S.T"]),
        ("less violence.The mayor", ["violence.The"]),
        ("ofthe andthe inthe forthe", ["ofthe", "andthe", "inthe"]),
        ("andthe andthe", ["andthe"]),
    ],
)
def test_words_that_have_run_together_are_found(text, found):
    assert run_together(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "McDonald, MacArthur, DeShawn, LeBron, LaToya and O’Neil",
        "CeaseFire, YouTube, iPhone, LinkedIn, U.S. and NYPD",
        "at recordnet.com, into, onto, within, isis, forthwith, another",
        "https://www.npr.org/2016/01/05/story?id=aB",
        "АБВгд مرحبا 世界 e.g. 3.4% at 9:00",
    ],
)
def test_words_that_are_written_so_are_left_alone(text):
    assert run_together(text) == []


def test_the_first_content_has_what_was_mended_in_it_and_nothing_else():
    for item in json.loads(CONTENT.read_text())["news"]:
        mended = item["text_fixed"] or item["text"]
        assert run_together(item["title"], mended) == []
        assert bool(run_together(item["text"])) == (item["text"] != mended)


def test_a_long_text_takes_no_time():
    for text in ["a" * 1_000_000, "aB" * 500_000, "a." * 500_000, "A" * 1_000_000]:
        run_together(text)


def test_capitals_are_shouting_where_they_go_on():
    assert is_shouted("STOCKTON CRIME RATE FALLS")
    for title in ["NYPD", "The NYPD: Winning", "U.S. AG", "2016", "مرحبا بالعالم كله"]:
        assert not is_shouted(title)


def test_words_are_counted_between_spaces():
    assert n_words(" a b\n c ") == 3
