import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from nnsc.archives import ArchiveError
from nnsc.progress import progress_bar
from nnsc.restoring import check_database, contents, inhabitants, restore


class Command(BaseCommand):
    help = (
        "Have the site that an archive of `backup` has, with the same records, "
        "history, images and accounts, on either database. Everybody signs in anew."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="without asking, even if the site has records already",
        )

    def handle(self, file, replace, **options):
        try:
            check_database()
            found = contents(file)
            if not replace:
                self.ask(inhabitants())
            restore(found, progress_bar(self.stderr))
        except ArchiveError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored as it was at {found.manifest['made_at']}: {found.n_rows:,} rows,"
            f" {found.n_images:,} files of images."
        )

    def ask(self, inhabitants):
        """Go on only if the site is empty, or whoever asks wants all of it gone."""
        if not inhabitants:
            return
        listed = ", ".join(f"{n:,} {name}" for name, n in inhabitants)
        sentence = f"This site is not empty: it has {listed}."
        if not sys.stdin.isatty():
            raise CommandError(
                f"{sentence} Nothing was changed; --replace puts the archive in its"
                " place."
            )
        self.stdout.write(f"{sentence} All of it will be gone, and its history.")
        if input("Type “replace” to go on: ").strip() != "replace":
            raise CommandError("Nothing was changed.")
