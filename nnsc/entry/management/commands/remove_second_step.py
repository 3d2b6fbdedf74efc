from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from nnsc.entry import audit, codes, mails
from nnsc.entry.models import Session


class Command(BaseCommand):
    help = (
        "Let an account in by its password alone, for whoever has lost their app and"
        " their recovery codes and knows no manager who could do it in the admin."
    )

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, username, **options):
        users = get_user_model()._default_manager
        user = users.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account called {username}.")
        if not codes.remove(user):
            raise CommandError(f"{username} has no second step.")
        Session.objects.filter(user=user).delete()
        audit.record(audit.Kind.SECOND_STEP_OFF, username)
        mails.tell_second_step(user, is_on=False)
        mails.sender.shutdown()
        self.stdout.write(f"{username} signs in with the password alone now.")
