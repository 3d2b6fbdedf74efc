from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from nnsc.archives import ArchiveError
from nnsc.backing_up import back_up
from nnsc.restoring import verify as verified


class Command(BaseCommand):
    help = (
        "Write all records, their history and images into one archive, as they are at "
        "this instant, while the site runs; or prove an archive with --verify."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--to",
            type=Path,
            metavar="FOLDER",
            default=Path(settings.DATA_DIR) / "backups",
            help="where archives are kept; DATA_DIR/backups by default",
        )
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="then remove all but the last N archives of that folder",
        )
        parser.add_argument(
            "--verify",
            type=Path,
            metavar="FILE",
            help="restore this archive aside and compare, instead of writing one",
        )

    def handle(self, to, keep, verify, **options):
        if keep is not None and keep < 1:
            raise CommandError("--keep is at least 1: the archive just written.")
        try:
            if verify:
                self.verify(verify)
            else:
                self.back_up(to, keep)
        except ArchiveError as error:
            raise CommandError(str(error)) from error

    def back_up(self, folder, keep):
        backup = back_up(folder, keep)
        self.stdout.write(
            f"{backup.path}: {backup.n_rows:,} rows, {backup.n_images:,} files of"
            f" images, {backup.path.stat().st_size:,} bytes."
        )
        if backup.lost:
            self.stderr.write(
                f"Images that records name and that are not there: {len(backup.lost)}."
            )

    def verify(self, path):
        found = verified(path)
        self.stdout.write(
            f"{path} is whole, and became the same site when it was restored aside:"
            f" {found.n_rows:,} rows, {found.n_images:,} files of images, made at"
            f" {found.manifest['made_at']}."
        )
