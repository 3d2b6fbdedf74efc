"""Static files as they are collected for production."""

import gzip

import pytest
import whitenoise.compress

from nnsc.storage import CompressorOfNew

pytestmark = pytest.mark.once

STYLES = "a { color: teal }\n" * 100


@pytest.fixture
def sheet(tmp_path):
    """Return a sheet as it was collected, under the hash of its content."""
    sheet = tmp_path / "site.0123456789ab.css"
    sheet.write_text(STYLES)
    return sheet


def compress(sheet):
    return sorted(CompressorOfNew(quiet=True).compress(str(sheet)))


def test_what_is_collected_again_is_compressed_once(sheet):
    assert compress(sheet) == [f"{sheet}.br", f"{sheet}.gz"]
    packed = sheet.with_suffix(".css.gz").read_bytes()
    assert gzip.decompress(packed).decode() == STYLES

    assert compress(sheet) == []


def test_what_was_cut_off_is_compressed_anew(sheet, monkeypatch):
    def stop(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(whitenoise.compress.os, "utime", stop)
        with pytest.raises(KeyboardInterrupt):
            compress(sheet)
    assert not [*sheet.parent.glob("*.br"), *sheet.parent.glob("*.gz")]

    assert compress(sheet) == [f"{sheet}.br", f"{sheet}.gz"]
