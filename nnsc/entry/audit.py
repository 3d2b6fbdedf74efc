"""What happened at the door, and who changed what somebody may do: kept as Events.

Rights are watched by signals, so a change is told however it is made; one that is made
outside of a request, as on the command line, is by nobody.
"""

import random
from contextvars import ContextVar
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import models
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.utils import timezone
from django.utils.translation import gettext as _

from nnsc.entry import devices, mails, sessions
from nnsc.entry.models import Event, Session
from nnsc.proxies import client_address

KEPT = timedelta(days=400)
PRUNED_EVERY = 50
WATCHED = ["username", "email", "is_active", "is_staff", "is_superuser"]
# What the person at the browser is called while a request is answered.
acting: ContextVar = ContextVar("request", default=None)
Kind = Event.Kind


def notice() -> None:
    user_model = get_user_model()
    user_logged_in.connect(_on_signed_in)
    user_logged_out.connect(_on_signed_out)
    pre_save.connect(_before_save, sender=user_model)
    post_save.connect(_on_save, sender=user_model)
    post_delete.connect(_on_delete, sender=user_model)
    m2m_changed.connect(_on_groups, sender=user_model.groups.through)
    m2m_changed.connect(_on_permissions, sender=user_model.user_permissions.through)


def record(kind: Kind, account: str, detail: str = "", request=None) -> None:
    """Keep what happened to the account, by whom it was asked for, and from where."""
    request = request or acting.get()
    event = Event(kind=kind, account=account, detail=detail[:1000])
    if request is not None:
        user = getattr(request, "user", None)
        event.by = user.get_username() if user and user.is_authenticated else ""
        event.browser = devices.browser_of(request)
        event.address = client_address(request) or None
    event.save()
    if random.randrange(PRUNED_EVERY) == 0:  # noqa: S311 nothing hangs on it
        rows = models.QuerySet(Event).filter(at__lt=timezone.now() - KEPT)
        rows.delete()


def refused(username: str, request) -> None:
    """Keep that somebody failed to get in, if there is such an account.

    Else the name may be anything, such as a password typed into the wrong box.
    """
    found = get_user_model()._default_manager.filter(username=username)
    if account := found.values_list("username", flat=True).first():
        record(Kind.REFUSED, account, request=request)


# At the door


def _on_signed_in(sender, request, user, **kwargs):
    is_known = bool(devices.device_of(request, user))
    browser = devices.browser_of(request)
    is_proven = getattr(request, "is_proven", False)
    sessions.begin(request.session, browser, is_proven=is_proven)
    request.mark_for = user
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    details = [
        "" if is_known else _("in a new browser"),
        _("with a second step") if is_proven else "",
    ]
    was_here = Event.objects.filter(kind=Kind.SIGNED_IN, account=user.username)
    if not is_known and was_here.exists():
        mails.tell_new_browser(user, browser)
    record(Kind.SIGNED_IN, user.username, ", ".join(filter(None, details)), request)


def _on_signed_out(sender, request, user, **kwargs):
    if user is not None:
        record(Kind.SIGNED_OUT, user.get_username(), request=request)


# Accounts and rights


def _before_save(sender, instance, raw=False, update_fields=None, **kwargs):
    watches = update_fields is None or not set(WATCHED).isdisjoint(update_fields)
    instance.was = None
    if instance.pk and not raw and watches:
        rows = sender._default_manager.filter(pk=instance.pk)
        instance.was = rows.values(*WATCHED).first()


def _on_save(sender, instance, created, raw=False, **kwargs):
    if raw:
        return
    name = instance.get_username()
    if created:
        record(Kind.ACCOUNT, name, _("added") + rights_text(instance))
        return
    # Django writes the password itself, when it renews an old hash.
    if instance._password is not None:
        record(Kind.PASSWORD, name)
        mails.tell_password(instance)
    was, instance.was = instance.was or {}, None
    changes = [
        f"{label_of(sender, field)}: {said(old)} → {said(getattr(instance, field))}"
        for field, old in was.items()
        if old != getattr(instance, field)
    ]
    if changes:
        record(Kind.RIGHTS, name, "; ".join(changes))


def _on_delete(sender, instance, **kwargs):
    record(Kind.ACCOUNT, instance.get_username(), _("deleted"))


def _on_groups(action, instance, pk_set, reverse, **kwargs):
    _on_many(Group, _("roles"), action, instance, pk_set, reverse)


def _on_permissions(action, instance, pk_set, reverse, **kwargs):
    _on_many(Permission, _("rights"), action, instance, pk_set, reverse)


def _on_many(model, label, action, instance, pk_set, reverse):
    """Tell of what was added to or removed from one account, or from several."""
    signs = {"post_add": "+", "post_remove": "−", "pre_clear": "−"}
    if action not in signs or pk_set == set():
        return
    user_model = get_user_model()
    if reverse:
        field = "groups" if model is Group else "user_permissions"
        users = user_model._default_manager.filter(
            models.Q(**{field: instance}) if pk_set is None else models.Q(pk__in=pk_set)
        )
        names = [str(instance)]
    else:
        users = [instance]
        own = instance.groups if model is Group else instance.user_permissions
        rows = own.all() if pk_set is None else model.objects.filter(pk__in=pk_set)
        names = sorted(map(str, rows))
    for user in users if names else []:
        detail = f"{label}: {', '.join(signs[action] + name for name in names)}"
        record(Kind.RIGHTS, user.get_username(), detail)


def rights_text(user) -> str:
    names = [name for name in ("is_staff", "is_superuser") if getattr(user, name)]
    labels = [label_of(type(user), name) for name in names]
    return f" ({', '.join(labels)})" if labels else ""


def label_of(model, field: str) -> str:
    return str(model._meta.get_field(field).verbose_name)


def said(value) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"“{value}”"
