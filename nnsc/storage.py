"""Static files as production serves them."""

import re
from pathlib import Path, PurePosixPath

from django.core.files.base import ContentFile
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLESHEET = "css/site.css"
IMPORT = re.compile(
    r'@import url\("(?P<name>[\w.-]+)"\) layer\((?P<layer>\w+)\)(?: (?P<media>\w+))?;'
)


class SiteStorage(CompressedManifestStaticFilesStorage):
    """Collects the stylesheet as one file: a browser asks once, not seven times.

    In the repository each cascade layer is a file that site.css imports, and browsers
    read it as it is in development.
    """

    def post_process(self, paths, dry_run=False, **options):
        if STYLESHEET in paths and not dry_run:
            source, path = paths[STYLESHEET]
            text = source.open(path).read().decode()
            self.delete(STYLESHEET)
            self._save(STYLESHEET, ContentFile(with_imports(text, source).encode()))
            paths = paths | {STYLESHEET: (self, STYLESHEET)}
        yield from super().post_process(paths, dry_run, **options)

    def create_compressor(self, **options):
        return CompressorOfNew(**options)


class CompressorOfNew(Compressor):
    """Leaves out what was compressed when files were collected before.

    To compress well takes most of the time of a start. What comes here has a name with
    a hash of its content, so that what stands beside it is of the same; none stands
    there before it is whole.
    """

    def compress(self, path):
        # Written last.
        return [] if Path(f"{path}.gz").exists() else super().compress(path)

    def write_data(self, path, data, suffix, stat_result):
        part = Path(super().write_data(path, data, f"{suffix}.part", stat_result))
        return str(part.rename(part.with_suffix("")))


def with_imports(text: str, source) -> str:
    """Return the stylesheet with each imported file in its place, in its layer."""

    def imported(match: re.Match) -> str:
        name = str(PurePosixPath(STYLESHEET).with_name(match["name"]))
        body = f"@layer {match['layer']} {{\n{source.open(name).read().decode()}}}\n"
        return f"@media {match['media']} {{\n{body}}}\n" if match["media"] else body

    return IMPORT.sub(imported, text)
