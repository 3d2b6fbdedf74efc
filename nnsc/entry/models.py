"""Who is signed in, how they prove it, and what has happened at the door."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _


class Session(AbstractBaseSession):
    """A browser that is signed in, so that its owner finds it and can sign it out."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions"
    )
    browser = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    @classmethod
    def get_session_store_class(cls):
        from nnsc.entry.sessions import SessionStore

        return SessionStore


class SecondStep(models.Model):
    """What somebody proves besides a password: that they hold the secret of an app."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="second_step"
    )
    secret = models.BinaryField()
    # The time step of the last code that was taken: no code opens twice.
    last_step = models.BigIntegerField(default=-1)
    since = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return str(self.user)


class RecoveryCode(models.Model):
    """A code for whoever has lost the app; gone once it was used."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="entry_recoverycode_once", fields=["user", "digest"]
            )
        ]

    def __str__(self):
        return f"{self.user} {self.pk}"


class Rule(models.Model):
    """Whose account needs a second step: one row, kept by managers."""

    for_everyone = models.BooleanField(
        _("Everyone"),
        default=False,
        help_text=_("Whoever has none yet is led to it and can do nothing before."),
    )
    groups = models.ManyToManyField(
        Group,
        verbose_name=_("roles"),
        blank=True,
        help_text=_(
            "If any role is chosen, it also goes for administrators without a role."
        ),
    )

    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("rule for signing in")
        verbose_name_plural = _("rules for signing in")

    def __str__(self):
        return str(_("Who needs a second step"))


class Attempts(models.Model):
    """How often something was tried of late: see nnsc.entry.throttle.

    The key is a keyed digest, so the table tells of nobody.
    """

    key = models.CharField(max_length=64, unique=True)
    n = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["last_at"], name="entry_attempts_last_at")]

    def __str__(self):
        return self.key


class EventQuerySet(models.QuerySet):
    def update(self, **fields):
        raise PermissionDenied("What has happened is not changed.")

    def bulk_update(self, *args, **kwargs):
        raise PermissionDenied("What has happened is not changed.")

    def delete(self):
        raise PermissionDenied("What has happened is not deleted.")


class Event(models.Model):
    """What happened at the door, or changed who may do what. Only ever added to."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("Signed in")
        REFUSED = "refused", _("Wrong password or code")
        SIGNED_OUT = "signed_out", _("Signed out")
        SIGNED_OUT_EVERYWHERE = "everywhere", _("Signed out everywhere")
        PASSWORD = "password", _("Password changed")
        SECOND_STEP_ON = "step_on", _("Second step set up")
        SECOND_STEP_OFF = "step_off", _("Second step removed")
        NEW_CODES = "new_codes", _("New recovery codes")
        CODE_USED = "code_used", _("Recovery code used")
        ACCOUNT = "account", _("Account added or deleted")
        RIGHTS = "rights", _("Rights changed")
        RULE = "rule", _("Rule for signing in changed")

    at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    # Names as they were: accounts are renamed and deleted, and what they did stays.
    account = models.CharField(_("account"), max_length=150, db_index=True)
    by = models.CharField(_("by"), max_length=150, blank=True)
    detail = models.CharField(_("detail"), max_length=1000, blank=True)
    browser = models.CharField(_("browser"), max_length=100, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("sign-ins and changes of rights")
        ordering = ["-at", "-pk"]
        default_permissions = ["view"]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.account}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise PermissionDenied("What has happened is not changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise PermissionDenied("What has happened is not deleted.")
