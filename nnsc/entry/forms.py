"""The forms at the door: one page for both steps, so that what it carries is kept."""

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import authenticate, get_user_model
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from nnsc.entry import audit, codes, devices, throttle
from nnsc.entry.models import SecondStep
from nnsc.proxies import client_address

SALT = "nnsc.entry.forms"
# For so long a right password stays right while its code is looked for.
PASSED_SECONDS = 600
WRONG_CODE = _(
    "This code is not right, or it was used already. Take the one that the app shows "
    "now; a recovery code does as well."
)


class CodeField(forms.CharField):
    def __init__(self, **kwargs):
        super().__init__(
            **{
                "label": _("Code from your app"),
                "max_length": 40,
                "widget": forms.TextInput(
                    attrs={
                        "autocomplete": "one-time-code",
                        "autocapitalize": "none",
                        "spellcheck": "false",
                    }
                ),
            }
            | kwargs
        )


class Door:
    """An attempt to prove something: what is tried, as whom, and from where."""

    def __init__(self, request, purpose: str, account: str):
        user_model = get_user_model()
        user = None
        if devices.marks_of(request):
            user = user_model._default_manager.filter(username=account).first()
        self.request = request
        self.purpose = purpose
        self.counters = throttle.counters(
            account, client_address(request), devices.device_of(request, user)
        )

    def knock(self) -> None:
        """Count the attempt; raise ValidationError where it is one too many."""
        if seconds := throttle.knock(self.purpose, self.counters):
            self.request.wait_seconds = seconds
            raise ValidationError(too_many(seconds), code="slow")

    def forgive(self) -> None:
        throttle.forgive(self.purpose, self.counters)


def too_many(seconds: int) -> str:
    minutes = -(-seconds // 60)
    sentence = ngettext(
        "There were too many attempts. Please wait a minute, then try again.",
        "There were too many attempts. Please wait %(n)s minutes, then try again.",
        minutes,
    )
    hint = gettext("In a browser in which you have signed in before you need not wait.")
    return f"{sentence % {'n': minutes}} {hint}"


class EntryForm(AdminAuthenticationForm):
    """Name and password, then a code from who has a second step.

    Between the two, `passed` says in the browser's stead that the password was right,
    signed and for some minutes, so that nothing is kept of who is half inside.
    """

    code = CodeField(required=False)
    passed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, request=None, *args, **kwargs):
        super().__init__(request, *args, **kwargs)
        self.halfway = self.read_passed()
        if self.halfway:
            self.fields["username"].required = False
            self.fields["password"].required = False

    @property
    def asks_code(self) -> bool:
        return self.halfway is not None

    def read_passed(self):
        """Return who has given the right password, None if nobody has."""
        try:
            said = signing.loads(
                self.data.get("passed", ""), salt=SALT, max_age=PASSED_SECONDS
            )
            users = get_user_model()._default_manager.filter(is_active=True)
            user = users.get(pk=said["user"])
        except (signing.BadSignature, get_user_model().DoesNotExist):
            return None
        # With another password, the old one was not right.
        return user if said["digest"] == devices.digest_of(user) else None

    def clean(self):
        if self.halfway:
            self.check_code(self.halfway)
        elif not self.errors:
            self.check_password()
        return self.cleaned_data

    def check_password(self) -> None:
        username = self.cleaned_data["username"]
        door = Door(self.request, "password", username)
        door.knock()
        user = authenticate(
            self.request, username=username, password=self.cleaned_data["password"]
        )
        if user is None:
            audit.refused(username, self.request)
            raise self.get_invalid_login_error()
        self.confirm_login_allowed(user)
        door.forgive()
        if SecondStep.objects.filter(user=user).exists():
            self.ask_code(user)
        else:
            self.user_cache = user

    def ask_code(self, user) -> None:
        """Come back with the box for the code instead of an error."""
        self.halfway = user
        said = {"user": user.pk, "digest": devices.digest_of(user)}
        self.data = self.data.copy()
        self.data["passed"] = signing.dumps(said, salt=SALT)
        for name in ("password", "code"):
            self.data.pop(name, None)
        self.add_error("code", ValidationError("", code="asked"))

    def check_code(self, user) -> None:
        self.confirm_login_allowed(user)
        code = self.cleaned_data.get("code", "")
        if not code:
            self.add_error("code", gettext("Please type the code."))
            return
        door = Door(self.request, "code", user.get_username())
        door.knock()
        if not is_right_code(user, code, self.request):
            audit.refused(user.get_username(), self.request)
            self.add_error("code", WRONG_CODE)
            return
        door.forgive()
        self.request.is_proven = True
        self.user_cache = user


def is_right_code(user, code: str, request) -> bool:
    if codes.take_code(user, code):
        return True
    if not codes.take_recovery_code(user, code):
        return False
    n_left = user.recovery_codes.count()
    detail = gettext("%(n)s left") % {"n": n_left}
    audit.record(audit.Kind.CODE_USED, user.get_username(), detail, request)
    return True


class PasswordForm(forms.Form):
    """Asks once more for the password, before something that lets others in or out."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request, *args, **kwargs):
        self.request = request
        super().__init__(*args, **kwargs)

    def clean_password(self):
        password = self.cleaned_data["password"]
        door = Door(self.request, "password", self.request.user.get_username())
        door.knock()
        if not self.request.user.check_password(password):
            raise ValidationError(_("This is not your password."))
        door.forgive()
        return password


class SetUpForm(PasswordForm):
    """Shows that the app has the secret: its code, and the password."""

    code = CodeField()

    def __init__(self, request, secret: bytes, *args, **kwargs):
        self.secret = secret
        super().__init__(request, *args, **kwargs)

    def clean_code(self):
        self.step = codes.step_of(self.secret, self.cleaned_data["code"])
        if self.step is None:
            raise ValidationError(
                _(
                    "This is not the code that belongs to the picture above. Take the "
                    "one that the app shows now; the clock of the phone must be right."
                )
            )
        return self.cleaned_data["code"]
