from django.core.management.base import BaseCommand

from nnsc.front.loading import load_content
from nnsc.indexing import catch_up


class Command(BaseCommand):
    help = "Load the 2016 homepage, as far as it was never loaded before."

    def handle(self, **options):
        n_loaded = load_content()
        catch_up()
        if n_loaded:
            self.stdout.write(f"Loaded the 2016 homepage: {n_loaded} items.")
        else:
            self.stdout.write("The 2016 homepage is loaded already.")
