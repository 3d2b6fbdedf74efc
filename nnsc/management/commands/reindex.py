from django.core.management.base import BaseCommand

from nnsc.indexing import rebuild
from nnsc.progress import progress_bar


class Command(BaseCommand):
    help = (
        "Make the search index anew from the content. Searches go on meanwhile; cut "
        "off, it is taken up by the searches that follow."
    )

    def handle(self, **options):
        n_entries = rebuild(progress_bar(self.stderr), afresh=True)
        self.stdout.write(f"Search entries: {n_entries:,}.")
