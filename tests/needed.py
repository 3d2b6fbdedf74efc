"""What a test needs of this machine beside Python."""

import pytest

from services import FINDERS


def need(*programs: str) -> None:
    """Skip the test where a program, named as in services.FINDERS, is not here."""
    absent = [program for program in programs if not FINDERS[program]()]
    if absent:
        # Anyone may test with Python alone, and script/test says what was left out;
        # where nothing may be left out, as in CI, tests/conftest.py fails the run.
        pytest.skip(f"{' and '.join(absent)} is not on this machine")
