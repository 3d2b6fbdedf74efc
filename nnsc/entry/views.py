"""One's own account in the admin: its second step, and where it is signed in."""

import hashlib

from django.contrib import admin, messages
from django.contrib.auth import logout
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nnsc.entry import audit, codes, mails, rules
from nnsc.entry.forms import PasswordForm, SetUpForm
from nnsc.entry.models import Session

ISSUER = "NNSC"
Kind = audit.Kind


def account_urls(site) -> list:
    """Return the addresses of these pages, under that of the admin's site."""
    pages = [
        ("account/", account),
        ("account/second-step/", set_up),
        ("account/recovery-codes/", recovery_codes),
        ("account/remove-second-step/", remove_second_step),
        ("account/sign-out/", sign_out),
        ("account/sign-out-everywhere/", sign_out_everywhere),
    ]
    return [
        path(address, site.admin_view(never_cache(view)), name=view.__name__)
        for address, view in pages
    ]


def page(request, template: str, title: str, status=200, **context):
    context |= admin.site.each_context(request) | {"title": title}
    return render(request, f"admin/entry/{template}.html", context, status=status)


@require_safe
def account(request):
    """Show the second step and the browsers of whoever asks. Four queries."""
    return account_page(request)


def account_page(request, status=200, **forms):
    has, needs = rules.standing(request.user)
    forms = {
        "codes_form": PasswordForm(request, prefix="codes"),
        "remove_form": PasswordForm(request, prefix="remove"),
    } | forms
    return page(
        request,
        "account",
        _("Your sign-in"),
        status=status,
        has_second_step=has,
        needs_second_step=needs,
        n_codes=request.user.recovery_codes.count(),
        browsers=browsers_of(request),
        **forms,
    )


def browsers_of(request) -> list[dict]:
    """Return the live sessions of whoever asks, the one that asks first."""
    own = request.session.session_key
    sessions = Session.objects.filter(
        user=request.user, expire_date__gt=timezone.now()
    ).order_by("-seen_at")
    found = [
        {
            "name": session.browser,
            "reference": reference(session.session_key),
            "started_at": session.started_at,
            "seen_at": session.seen_at,
            "is_this": session.session_key == own,
        }
        for session in sessions
    ]
    return sorted(found, key=lambda session: not session["is_this"])


def reference(key: str) -> str:
    """Return what stands for a session on a page, for the key itself opens it."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


# The second step


def set_up(request):
    """Show a secret to an app, and take its code as proof; then the recovery codes."""
    if codes.SecondStep.objects.filter(user=request.user).exists():
        messages.info(request, _("You have a second step already."))
        return redirect("admin:account")
    if "new_secret" not in request.session:
        request.session["new_secret"] = codes.new_secret().hex()
    secret = bytes.fromhex(request.session["new_secret"])
    form = SetUpForm(request, secret, request.POST or None)
    if request.method == "POST" and form.is_valid():
        recovery = codes.set_up(request.user, secret, form.step)
        del request.session["new_secret"]
        request.session["is_proven"] = True
        request.session.cycle_key()
        # Who signed in without it does so again.
        others(request).delete()
        audit.record(Kind.SECOND_STEP_ON, request.user.get_username(), request=request)
        mails.tell_second_step(request.user, is_on=True)
        go_on = request.session.pop("go_on", "")
        return codes_page(request, recovery, _("The second step is set up"), go_on)
    address = codes.address_of(secret, request.user.get_username(), ISSUER)
    return page(
        request,
        "set_up",
        _("Set up a second step"),
        form=form,
        drawing=codes.drawing(address, _("QR code for your app")),
        secret=codes.in_groups(secret),
    )


@require_POST
def recovery_codes(request):
    """Make new codes and show them, once."""
    form = PasswordForm(request, request.POST, prefix="codes")
    if not codes.SecondStep.objects.filter(user=request.user).exists():
        return redirect("admin:account")
    if not form.is_valid():
        return account_page(request, codes_form=form)
    recovery = codes.new_recovery_codes(request.user)
    audit.record(Kind.NEW_CODES, request.user.get_username(), request=request)
    return codes_page(request, recovery, _("New recovery codes"))


def codes_page(request, recovery: list[str], title: str, go_on=""):
    go_on = go_on or reverse("admin:index")
    return page(request, "recovery_codes", title, codes=recovery, go_on=go_on)


@require_POST
def remove_second_step(request):
    form = PasswordForm(request, request.POST, prefix="remove")
    _has, needs = rules.standing(request.user)
    if needs:
        messages.error(request, _("Your account needs a second step."))
        return redirect("admin:account")
    if not form.is_valid():
        return account_page(request, remove_form=form)
    if codes.remove(request.user):
        request.session.cycle_key()
        audit.record(Kind.SECOND_STEP_OFF, request.user.get_username(), request=request)
        mails.tell_second_step(request.user, is_on=False)
        messages.success(request, _("The second step is removed."))
    return redirect("admin:account")


# Browsers


def others(request):
    """The sessions of whoever asks but for the one that asks."""
    mine = Session.objects.filter(user=request.user)
    return mine.exclude(session_key=request.session.session_key)


@require_POST
def sign_out(request):
    """Sign out one other browser."""
    asked = request.POST.get("browser", "")
    keys = others(request).values_list("session_key", flat=True)
    found = [key for key in keys if reference(key) == asked]
    n_deleted, _rows = others(request).filter(session_key__in=found).delete()
    if n_deleted:
        audit.record(Kind.SIGNED_OUT, request.user.get_username(), _("another browser"))
        messages.success(request, _("That browser is signed out."))
    else:
        messages.info(request, _("That browser was signed out already."))
    return redirect("admin:account")


@require_POST
def sign_out_everywhere(request):
    everywhere(request.user)
    logout(request)
    return redirect("admin:login")


def everywhere(user) -> None:
    """Sign the user out in all browsers."""
    Session.objects.filter(user=user).delete()
    audit.record(Kind.SIGNED_OUT_EVERYWHERE, user.get_username())
