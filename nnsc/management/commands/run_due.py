import logging

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Do what is due: empty the trash of what has been in it for 30 days, remove "
        "images that nothing shows. Safe to run never, late, twice, or twice at once."
    )

    def handle(self, **options):
        """Run what each app names in `due`; what fails keeps nothing else from it."""
        failed = []
        for config in apps.get_app_configs():
            for path in getattr(config, "due", []):
                try:
                    self.stdout.write(import_string(path)())
                except Exception:
                    logger.exception("%s failed.", path)
                    failed.append(path)
        if failed:
            raise CommandError(f"Failed, see the log: {', '.join(failed)}.")
