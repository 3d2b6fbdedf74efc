"""Cut the fonts down to the letters, weights and features these pages use.

Run by script/make-fonts with two folders: where the packages are, where the fonts go.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

BASIC_LATIN = range(0x20, 0x7F)
LATIN_1_LETTERS = range(0xC0, 0x100)
NO_BREAK_THIN_AND_NARROW_SPACES = "\u00a0\u2009\u200a\u202f"
SIGNS = "–—‘’“”…•·§©×−½→←↑↓↗"

# Newsreader is for headings: one weight, drawn for large sizes. opsz is in points.
HEADING = {"wght": 500, "opsz": 36}
REGULAR_TO_BOLD = {"wght": (400, 700)}


def main(packages: Path, fonts: Path) -> None:
    newsreader = cut(
        packages / "newsreader/files/newsreader-latin-opsz-normal.woff2",
        axes=HEADING,
        features=["kern", "liga", "lnum", "pnum", "ccmp", "locl", "mark"],
    )
    drop_slight_kerns(newsreader)
    newsreader.save(fonts / "newsreader.woff2")

    public_sans = cut(
        packages / "public-sans/files/public-sans-latin-wght-normal.woff2",
        axes=REGULAR_TO_BOLD,
        features=["kern", "liga", "tnum", "lnum", "ccmp"],
    )
    public_sans.save(fonts / "public-sans.woff2")


def cut(source: Path, axes: dict, features: list[str]) -> TTFont:
    # Left to itself the font would carry the hour it was made, and differ each time.
    font = TTFont(source, recalcTimestamp=False)
    font = instantiateVariableFont(font, axes)

    options = Options(layout_features=features, hinting=False)
    subsetter = Subsetter(options)
    subsetter.populate(
        unicodes=[*BASIC_LATIN, *LATIN_1_LETTERS],
        text=NO_BREAK_THIN_AND_NARROW_SPACES + SIGNS,
    )
    subsetter.subset(font)

    font.flavor = "woff2"
    return font


def drop_slight_kerns(font: TTFont) -> None:
    """Drop the kerns of single pairs within 0.01 em of what their classes give.

    font is Newsreader, where they are two pairs in five and a seventh of the file.
    Format: PairPos, formats 1 and 2, in the OpenType table GPOS.
    """
    slight = font["head"].unitsPerEm / 100
    [lookup] = font["GPOS"].table.LookupList.Lookup
    singles, classes = lookup.SubTable

    def class_kern(first, second):
        if first not in classes.Coverage.glyphs:
            return 0
        row = classes.Class1Record[classes.ClassDef1.classDefs.get(first, 0)]
        cell = row.Class2Record[classes.ClassDef2.classDefs.get(second, 0)]
        return cell.Value1.XAdvance if cell.Value1 else 0

    for first, pairs in zip(singles.Coverage.glyphs, singles.PairSet, strict=True):
        pairs.PairValueRecord = [
            pair
            for pair in pairs.PairValueRecord
            if abs(pair.Value1.XAdvance - class_kern(first, pair.SecondGlyph)) > slight
        ]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
