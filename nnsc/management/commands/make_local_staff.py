import secrets

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

USERNAME = "staff"
# Without letters and digits that look alike.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class Command(BaseCommand):
    help = "Make the account for the admin of a site on one's own machine."

    def handle(self, *args, **options):
        if settings.PRODUCTION:
            raise CommandError(
                "make_local_staff is for a site on one's own machine; in production use"
                " createsuperuser."
            )
        users = get_user_model()._default_manager
        if users.filter(username=USERNAME).exists():
            self.stdout.write(
                f"Account for the admin: {USERNAME}. For a new password:"
                f" .venv/bin/python manage.py changepassword {USERNAME}"
            )
            return
        password = readable_password()
        users.create_superuser(USERNAME, password=password)
        self.stdout.write(
            f"Account for the admin: {USERNAME}, password {password} (shown only now)."
        )


def readable_password() -> str:
    """Return four groups of four characters, 79 bits."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)
