"""Whose account needs a second step, and whose has one."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, Q

from nnsc.entry.models import Rule, SecondStep
from nnsc.entry.sessions import moment


def make_rule(using, **kwargs):
    """Have the one row, after migrate."""
    Rule.objects.using(using).get_or_create(pk=1)


def standing(user) -> tuple[bool, bool]:
    """Return whether the user has a second step and whether they need one. A query."""
    chosen = Group.objects.filter(rule__isnull=False)
    if not user.is_superuser:
        chosen = chosen.filter(user=OuterRef("pk"))
    rows = get_user_model()._default_manager.filter(pk=user.pk)
    return rows.values_list(
        Exists(SecondStep.objects.filter(user=OuterRef("pk"))),
        Exists(Rule.objects.filter(for_everyone=True)) | Q(Exists(chosen)),
    ).get()


def is_older_than_rule(session) -> bool:
    """Whether somebody signed in before the rule was what it is. One query.

    They may save what they were typing when it came.
    """
    changed_at = Rule.objects.values_list("changed_at", flat=True).first()
    started_at = moment(session, "started_at")
    return bool(changed_at and started_at and started_at < changed_at)
