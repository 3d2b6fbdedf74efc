"""The forms in which staff enter figures and studies, with guard rails."""

import re
from decimal import Decimal

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from impact.models import Citation, Metric
from impact.models.sentences import plain
from nnsc.staff.form import AddressInput, ContentForm, ProseField

VALUES = ["value_low", "value_high"]
INTERVAL = ["interval_low", "interval_high"]
# The answer to whether a share of one was meant in percent.
MEANT, YES, NO = "_meant", "yes", "no"
TENTH = Decimal("0.1")


class SizeInput(forms.TextInput):
    """A box for a number; beside it the question of what was meant, if there is one.

    As a box for numbers alone, a browser would empty it of “63%” and refuse 0.63 in
    its own words, before anybody is asked.
    """

    # In percent, what may have been meant, and what was typed, in words.
    question: tuple[str, str] | None = None
    answer = ""

    def __init__(self, attrs=None):
        attrs = {"inputmode": "decimal", "autocomplete": "off", **(attrs or {})}
        super().__init__({"class": "size", **attrs})

    def render(self, name, value, attrs=None, renderer=None):
        box = super().render(name, value, attrs, renderer)
        if self.question is None:
            return box
        meant, typed = self.question
        context = {"name": MEANT, "meant": meant, "typed": typed, "answer": self.answer}
        return box + render_to_string("admin/_meant.html", context)


class SizeField(forms.DecimalField):
    """A number as people write it: 63, 63%, 1,200, −5."""

    widget = SizeInput
    default_error_messages = {
        "invalid": _("This is no number. Write it in digits, such as 63."),
    }

    def __init__(self, **kwargs):
        # The model has the same limits; 0.63 must get as far as the question.
        super().__init__(**kwargs | {"max_digits": None, "decimal_places": None})

    def to_python(self, value):
        if isinstance(value, str):
            value = value.strip().replace("−", "-").removesuffix("%").strip()
            if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d*)?", value):
                value = value.replace(",", "")
        number = super().to_python(value)
        if number is None or not number.is_finite() or number.adjusted() > 20:
            return number
        # 63.00 is no more precise than 63.
        return without_idle_zeros(number)

    def prepare_value(self, value):
        return plain_digits(value) if isinstance(value, Decimal) else value


def without_idle_zeros(number: Decimal) -> Decimal:
    return (
        number.to_integral() if number == number.to_integral() else number.normalize()
    )


def plain_digits(number: Decimal) -> str:
    return plain(number).replace(",", "")


class NotedForm(ContentForm):
    """A form of what readers know, with the note that is said on a change of it."""

    correction_note = ProseField(
        label=_("Public note on this change"),
        required=False,
        widget=forms.Textarea({"rows": 3, "class": "vLargeTextField"}),
        help_text=_(
            "Readers know this. Needed when value, interval, years or study change, "
            "and when it is taken off the site or put back: what was wrong, and how "
            "you know. It stands on the page of corrections for good."
        ),
    )

    def clean(self):
        cleaned = super().clean()
        self.instance.correction_note = self.cleaned_data.get("correction_note", "")
        return cleaned


class MetricForm(NotedForm):
    class Meta:
        model = Metric
        exclude = ["position"]
        field_classes = dict.fromkeys([*VALUES, *INTERVAL], SizeField)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "verified_by" in self.fields:
            # Staff are few; whoever once verified this figure stays among them.
            staff = Q(is_staff=True) | Q(pk=self.instance.verified_by_id)
            people = get_user_model().objects.filter(staff).order_by("username")
            self.fields["verified_by"].queryset = people
        if self.instance.value_high == self.instance.value_low:
            # Else who mends a single value would make a range of it.
            self.initial["value_high"] = None

    def clean(self):
        cleaned = super().clean()
        self.settle_meaning()
        return cleaned

    def settle_meaning(self):
        """Ask of 0.63 percent whether 63 is meant; take the answer."""
        meant = in_percent(self.cleaned_data)
        if not meant or not {*VALUES, "unit"}.intersection(self.changed_data):
            return
        answer = self.data.get(self.add_prefix(MEANT), "")
        if answer == YES:
            self.data = self.data.copy()
            for name, number in meant.items():
                self.cleaned_data[name] = number
                self.data[self.add_prefix(name)] = plain_digits(number)
            return
        typed = {name: self.cleaned_data[name] for name in meant}
        widget = self.fields["value_low"].widget
        widget.question = range_text(meant), range_text(typed)
        widget.answer = answer
        if answer != NO:
            question = gettext("Did you mean %(meant)s?") % {"meant": range_text(meant)}
            self.add_error("value_low", ValidationError(question, code="meant"))
            self.meant = meant


def in_percent(cleaned: dict) -> dict[str, Decimal]:
    """Return values that were typed as shares of one, in percent; empty if none were.

    The interval with them, if it is of such shares too.
    """
    values = {name: cleaned[name] for name in VALUES if cleaned.get(name) is not None}
    is_share = values and 0 < max(values.values()) < 1 and min(values.values()) >= 0
    if not is_share or cleaned.get("unit") != Metric.Unit.PERCENT:
        return {}
    ends = {name: cleaned[name] for name in INTERVAL if cleaned.get(name) is not None}
    shares = values | (ends if all(abs(end) <= 1 for end in ends.values()) else {})
    return {
        name: without_idle_zeros((share * 100).quantize(TENTH))
        for name, share in shares.items()
    }


def range_text(sizes: dict[str, Decimal]) -> str:
    """Return "63%" or "35–42%"."""
    ends = [plain_digits(sizes[name]) for name in VALUES if name in sizes]
    return "–".join(dict.fromkeys(ends)) + "%"


class StudyAddressInput(AddressInput):
    # A browser would refuse “doi:10.…” before it could be understood.
    input_type = "text"

    def __init__(self, attrs=None):
        super().__init__({"inputmode": "url", **(attrs or {})})


class CitationForm(NotedForm):
    class Meta:
        model = Citation
        fields = "__all__"
        widgets = {"url": StudyAddressInput}

    def clean_url(self):
        """Refuse a study whose DOI is already here, and lead to it."""
        url = self.cleaned_data["url"]
        is_doi = bool(Citation(url=url).doi())
        twins = Citation.objects.filter(url__iexact=url).exclude(pk=self.instance.pk)
        if is_doi and "url" in self.changed_data and (twin := twins.first()):
            raise ValidationError(already_here(twin))
        return url


def already_here(twin: Citation):
    return format_html(
        gettext(
            "You already have the study of this DOI: “{study}”. "
            '<a href="{address}" target="_blank">Open it in a new tab</a>.'
        ),
        study=twin,
        address=reverse("admin:impact_citation_change", args=[twin.pk]),
    )
