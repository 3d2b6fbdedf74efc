"""Mail to staff about their account, where the site has a way to send mail.

It is sent after the answer, by a thread of its own: nobody waits for a mail server, and
no answer tells by its duration what was sent.
"""

import logging
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)
sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


def tell_new_browser(user, browser: str) -> None:
    tell(
        user,
        _("A new browser signed in with your account"),
        _("Somebody signed in as %(name)s in a browser not used before: %(it)s.")
        % {"name": user.get_username(), "it": browser or _("unknown")},
    )


def tell_password(user) -> None:
    tell(
        user,
        _("Your password was changed"),
        _("The password of %(name)s was changed.") % {"name": user.get_username()},
    )


def tell_second_step(user, *, is_on: bool) -> None:
    if is_on:
        subject = _("A second step was set up for your account")
        text = _("Signing in as %(name)s now takes a code as well.")
    else:
        subject = _("The second step of your account was removed")
        text = _("Signing in as %(name)s now takes the password alone.")
    tell(user, subject, text % {"name": user.get_username()})


def tell(user, subject: str, text: str) -> None:
    """Send the text with what to do about it, once what it tells of is committed."""
    if not (settings.EMAIL_HOST and user.email):
        return
    moment = date_format(timezone.localtime(), "F j, Y, H:i T")
    lines = [
        text,
        _("It happened on %(moment)s.") % {"moment": moment},
        _("If that was you, there is nothing to do. If not, sign out everywhere:"),
        settings.SITE_URL + reverse("admin:account"),
        _("Then change your password, and tell whoever manages the site."),
    ]
    message = EmailMessage(
        subject=f"{subject} ({settings.SITE_URL.partition('://')[2]})",
        body="\n\n".join(lines) + "\n",
        to=[user.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    transaction.on_commit(lambda: sender.submit(send, message))


def send(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception as error:
        # The type alone, for the text names whom it was for.
        logger.error("A mail could not be sent: %s.", type(error).__name__)
