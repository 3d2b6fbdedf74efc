"""Sessions in the database that know whose they are, and end.

They end after IDLE without a request, and after LONGEST in any case.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

IDLE = timedelta(seconds=settings.SESSION_COOKIE_AGE)
LONGEST = timedelta(days=7)
# A request within so much of the last one writes nothing.
SEEN_EVERY = timedelta(minutes=5)


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls):
        from nnsc.entry.models import Session

        return Session

    def create_model_instance(self, data):
        session = super().create_model_instance(data)
        user = data.get(SESSION_KEY)
        session.user_id = int(user) if user else None
        session.browser = data.get("browser", "")
        session.started_at = moment(data, "started_at")
        session.seen_at = moment(data, "seen_at")
        return session

    def get_session_cookie_age(self) -> int:
        """Return for how many seconds the session goes on if nothing is asked."""
        started_at = moment(self, "started_at")
        if started_at is None:
            return int(IDLE.total_seconds())
        left = started_at + LONGEST - timezone.now()
        return max(0, int(min(IDLE, left).total_seconds()))


def begin(session, browser: str, *, is_proven: bool) -> None:
    """Note in a session that somebody has just signed in; is_proven: in both steps."""
    now = timezone.now().isoformat()
    session["started_at"] = session["seen_at"] = now
    session["browser"] = browser
    session["is_proven"] = is_proven


def keep_up(session) -> None:
    """Let the session go on, for something was asked."""
    seen_at = moment(session, "seen_at")
    if seen_at is None or timezone.now() - seen_at > SEEN_EVERY:
        session["seen_at"] = timezone.now().isoformat()


def moment(data, name: str) -> datetime | None:
    text = data.get(name)
    return datetime.fromisoformat(text) if text else None
