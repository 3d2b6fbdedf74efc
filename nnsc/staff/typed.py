"""What was typed and could not be saved: led through the log-in, back to its form.

Who sends a form without being signed in, or with a token that is no longer theirs, gets
the same form again, filled in, and nothing is saved. For strangers the site keeps
nothing: until the log-in has worked, what was typed travels in its page, signed. Then
it stands in the session, until the form is saved.
"""

import re
import secrets
from copy import copy
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib import admin
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

# What the hidden field of the log-in, the session and a form's address call it.
FIELD, KEPT, MARK = "typed", "typed", "_typed"
SALT = "nnsc.staff.typed"
# A copy in the browser is told by a name that its script gives it.
COPY, COPY_NAME = "_copy", re.compile(r"[0-9a-f]{16}")
FORM_PAGES = {"add", "change", "preview"}
N_KEPT = 3
# A single word of so many letters may be a key or a choice.
N_SHORT = 15
# What a log-in sends besides: name, password and tokens.
ROOM_BYTES = 10_000
# Names that say which button was pressed, or prove who pressed it.
BUTTONS = {"_save", "_publish", "_addanother", "_continue", "_saveasnew"}
NOT_TYPED = {"csrfmiddlewaretoken", *BUTTONS}


class Typed(NamedTuple):
    """A form as it was sent: its address with query, and (name, value) in order."""

    address: str
    pairs: list[list[str]]
    had_files: bool

    def sealed(self) -> str:
        return signing.dumps(self, salt=SALT, compress=True)

    def texts(self) -> list[tuple[str, str]]:
        """Return what a person may want to copy: (name, text) of words and links."""
        return [
            (name.replace("_", " ").capitalize(), value)
            for name, value in self.pairs
            if not name.startswith("_")
            and (len(value.split()) > 1 or len(value) > N_SHORT)
        ]


def typed_in(request: HttpRequest) -> Typed:
    pairs = [
        [name, value]
        for name, values in request.POST.lists()
        if name not in NOT_TYPED
        for value in values
    ]
    return Typed(without_mark(request.get_full_path()), pairs, bool(request.FILES))


def unsealed(text: str) -> Typed | None:
    """Return what sealed() made text of, None where it is not ours."""
    try:
        return Typed(*signing.loads(text, salt=SALT))
    except (signing.BadSignature, TypeError):
        # Forged, or made by a release that had other parts.
        return None


def fits(sealed: str) -> bool:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return most is None or len(sealed) + ROOM_BYTES <= most


# In the session


def keep(request: HttpRequest, typed: Typed) -> str:
    """Keep what was typed for who is signed in; return where the form shows it."""
    kept = request.session.get(KEPT, {})
    key = secrets.token_hex(8)
    last = [*kept.items(), (key, list(typed))][-N_KEPT:]
    request.session[KEPT] = dict(last)
    return with_mark(typed.address, key)


def kept_for(request: HttpRequest) -> Typed | None:
    """Return what the form at this address was filled with, if it is the same form."""
    kept = request.session.get(KEPT, {}).get(request.GET.get(MARK))
    typed = kept and Typed(*kept)
    if typed and urlsplit(typed.address).path == request.path:
        return typed
    return None


def forget(request: HttpRequest) -> None:
    kept = request.session.get(KEPT, {})
    if kept.pop(request.GET.get(MARK), None):
        request.session[KEPT] = kept


def with_mark(address: str, key: str) -> str:
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query, keep_blank_values=True), (MARK, key)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def without_mark(address: str) -> str:
    if f"{MARK}=" not in address:
        return address
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True)
    query = [(name, value) for name, value in query if name != MARK]
    return urlunsplit(parts._replace(query=urlencode(query)))


def as_sent(request: HttpRequest, typed: Typed) -> HttpRequest:
    """Return the request as if the form came back, to be shown and not saved."""
    sent = copy(request)
    sent.method = "POST"
    sent.POST = QueryDict(mutable=True)
    for name, value in typed.pairs:
        sent.POST.appendlist(name, value)
    sent._files = MultiValueDict()
    sent.shown_again = typed
    return sent


# Not signed in, or no longer with the same token


def is_form_sent(request: HttpRequest) -> bool:
    """Whether this is a form of content, sent to be saved or looked at."""
    match = request.resolver_match
    if request.method != "POST" or match is None:
        return False
    model_admin = getattr(match.func, "model_admin", None)
    page = (match.url_name or "").removesuffix("_new").rpartition("_")[2]
    return page in FORM_PAGES and getattr(model_admin, "keeps_typed", False)


def is_from_here(request: HttpRequest) -> bool:
    """Whether a browser says that the request comes from a page of this site.

    Another site must not fill in a form for somebody who would only have to save it.
    """
    here = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin") in {here, *settings.CSRF_TRUSTED_ORIGINS}


def csrf_failure(request: HttpRequest, reason=""):
    """Show the form again that came with a token of before, or without one.

    It is what happens after signing in or out in another tab.
    """
    if is_from_here(request):
        site = admin.site
        is_login = request.path == reverse("admin:login")
        typed = None
        if is_login:
            typed = unsealed(request.POST.get(FIELD, ""))
        elif is_form_sent(request):
            typed = typed_in(request)
        if site.has_permission(request):
            if typed:
                return HttpResponseRedirect(keep(request, typed))
            if is_login:
                return HttpResponseRedirect(reverse("admin:index"))
        elif typed or is_login:
            sentence = _("That did not work. Please log in once more.")
            return site.ask_to_log_in(request, typed, sentence if is_login else "")
    return render(request, "403_csrf.html", status=403)


# In its form again


class TypedMixin:
    """For a ModelAdmin: shows what was typed before a log-in, in the form once more."""

    keeps_typed = True

    def changeform_view(self, request, *args, **kwargs):
        typed = kept_for(request) if request.method == "GET" else None
        if typed:
            return self.show_again(request, typed, *args, **kwargs)
        response = super().changeform_view(request, *args, **kwargs)
        if request.method == "POST" and response.status_code == 302:
            forget(request)
            response.headers["Location"] = without_mark(response.url)
        return response

    def show_again(self, request, typed, *args, **kwargs):
        """Show the form as if it came back from being sent. Nothing is saved.

        Who may not save it, or could not for it is deleted, finds the text to copy.
        """
        try:
            response = super().changeform_view(as_sent(request, typed), *args, **kwargs)
        except PermissionDenied:
            sentence = _("Your account may not save this.")
        else:
            # Django leads away from what is not there; other answers say what is wrong.
            if response.status_code != 302:
                return response
            sentence = _("This cannot be saved: it has been deleted in the meantime.")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Not saved"),
            "sentence": sentence,
            "texts": typed.texts(),
        }
        return render(request, "admin/typed_refused.html", context, status=403)

    def render_change_form(self, request, context, obj=None, **kwargs):
        is_typed_in = self.may_type(request, obj) and not context["is_popup"]
        if self.keeps_typed and is_typed_in:
            context["keeps_typed"] = True
            context["shown_again"] = getattr(request, "shown_again", None)
            context["copy"] = copy_of(request)
        return super().render_change_form(request, context, obj=obj, **kwargs)


def copy_of(request: HttpRequest) -> str:
    """Return the name of the copy that the browser keeps of the form, "" for none."""
    name = request.POST.get(COPY, "")
    return name if COPY_NAME.fullmatch(name) else ""
