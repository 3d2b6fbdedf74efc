"""Static files as production serves them."""

import re
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
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


def with_imports(text: str, source) -> str:
    """Return the stylesheet with each imported file in its place, in its layer."""

    def imported(match: re.Match) -> str:
        name = str(PurePosixPath(STYLESHEET).with_name(match["name"]))
        body = f"@layer {match['layer']} {{\n{source.open(name).read().decode()}}}\n"
        return f"@media {match['media']} {{\n{body}}}\n" if match["media"] else body

    return IMPORT.sub(imported, text)
