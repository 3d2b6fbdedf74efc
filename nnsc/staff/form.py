"""The form of all content, and the boxes in which addresses and moments are typed."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.html import format_html, smart_urlquote
from django.utils.translation import gettext

from nnsc.illustrated import SiteImageField
from nnsc.images import PreparedImage
from nnsc.staff.image import ImageInput


class AddressInput(forms.URLInput):
    """An address that can be opened, to see that it is the right one."""

    def __init__(self, attrs=None):
        super().__init__({"class": "vURLField", **(attrs or {})})

    def render(self, name, value, attrs=None, renderer=None):
        box = super().render(name, value, attrs, renderer)
        try:
            URLValidator(schemes=["http", "https"])(value or "")
        except ValidationError:
            return box
        text = gettext("Open it in a new tab")
        link = '{} <a class="open" href="{}" target="_blank">{}</a>'
        return format_html(link, box, smart_urlquote(value), text)


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__({"step": 1, **(attrs or {})}, format="%Y-%m-%dT%H:%M:%S")


class ProseField(forms.CharField):
    """A text whose lines end as they are stored; a browser sends each with CR and LF.

    Else every text would come back changed from a form that nobody touched.
    """

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


FIELDS = {
    models.TextField: {"form_class": ProseField},
    models.URLField: {"assume_scheme": "https", "widget": AddressInput},
    models.DateField: {"widget": DayInput},
    models.DateTimeField: {"form_class": forms.DateTimeField, "widget": MomentInput},
    SiteImageField: {"widget": ImageInput},
}


class ContentForm(forms.ModelForm):
    """A form that shows every complaint of its model, whatever it names.

    `stand_ins` names the form's field for a field of the model that it stands in for.
    """

    stand_ins = {}
    # Worded for the editor when the database refused what the form found right.
    conflict = ""
    # Whether it is shown again with its errors; a browser then forgets its files.
    comes_back = True
    # Whether it shows what was typed before a log-in, and waits to be saved.
    is_only_shown = False
    # What others have changed as well, by field: what is asked, given the form.
    asks = {}
    # What an earlier version brings back, by field. Of a form that comes back filled in
    # only images, which no browser sends again: "" where there was none.
    restored = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial |= self.restored

    def is_valid(self):
        return super().is_valid() and not self.is_only_shown

    def full_clean(self):
        super().full_clean()
        if self.comes_back and (self._errors or self.asks):
            for name, field in self.fields.items():
                image = self.cleaned_data.get(name)
                if isinstance(image, PreparedImage):
                    field.widget.keep(image)
        questions = {name: ask(self) for name, ask in self.asks.items()}
        for name, question in questions.items():
            box = self[name]
            # Read aloud with the box is who asks, and not both wordings whole.
            box.field.widget.attrs["aria-describedby"] = f"{box.auto_id}_asked"
            self.add_error(name, question)

    def clean(self):
        super().clean()
        if self.conflict:
            raise ValidationError(self.conflict)
        for name, image in self.restored.items():
            if not image and name not in self.changed_data:
                self.cleaned_data[name] = False
        for name in self.cleaned_data.keys() - set(self.changed_data):
            # A box has no fractions of a second; what nobody touched keeps them.
            if isinstance(self.fields[name], forms.DateTimeField):
                self.cleaned_data[name] = getattr(self.instance, name)
        return self.cleaned_data

    def add_error(self, field, error):
        """Put the model's complaints beside their fields, one to each.

        Django raises where one names a field that the form does not have.
        """
        if field is not None or not hasattr(error, "error_dict"):
            return super().add_error(field, error)
        for name, errors in error.error_dict.items():
            name = self.stand_ins.get(name, name)
            name = name if name in self.fields else None
            # A field that could not be read has said so; that it is missing follows.
            if name is None or name not in self.errors:
                super().add_error(name, ValidationError(errors))
