from django.contrib import admin, messages
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from nnsc.entry import audit, devices, rules, sessions
from nnsc.staff.typed import is_form_sent, keep, kept_for, typed_in

# What somebody may do who needs a second step and has none.
OPEN = {"account", "set_up", "login", "logout", "password_change", "jsi18n"}
OPEN |= {"password_change_done", "sign_out", "sign_out_everywhere"}


class EntryMiddleware:
    """Lets nobody into the admin without the second step that they have or need.

    Also keeps sessions going while they are used, marks browsers that somebody signed
    in with, and says 429 to who must wait.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        token = audit.acting.set(request)
        try:
            response = self.get_response(request)
        finally:
            audit.acting.reset(token)
        if hasattr(request, "mark_for"):
            devices.mark(request, response, request.mark_for)
        if seconds := getattr(request, "wait_seconds", 0):
            response.status_code = 429
            response.headers["Retry-After"] = str(seconds)
        return response

    def process_view(self, request, view, args, kwargs):
        match = request.resolver_match
        if match.app_name != "admin" or not request.user.is_authenticated:
            return None
        sessions.keep_up(request.session)
        if request.session.get("is_proven"):
            return None
        has, needs = rules.standing(request.user)
        if has:
            # Set up elsewhere since this browser signed in: it signs in again, and
            # what was typed goes with it.
            typed = kept_for(request)
            logout(request)
            return admin.site.ask_to_log_in(request, typed) if typed else None
        if not needs or match.url_name in OPEN:
            return None
        if request.method == "POST" and rules.is_older_than_rule(request.session):
            return None
        self.remember(request)
        text = _("Your account needs a second step. Set it up, then go on.")
        messages.warning(request, text)
        return redirect("admin:set_up")

    def remember(self, request):
        """Keep where to go on, and what was typed there, until the step is set up."""
        mode = request.headers.get("Sec-Fetch-Mode", "navigate")
        # A script of the page asks for more than what stands in the window.
        if request.method == "GET" and mode == "navigate":
            request.session["go_on"] = request.get_full_path()
        elif is_form_sent(request):
            request.session["go_on"] = keep(request, typed_in(request))
