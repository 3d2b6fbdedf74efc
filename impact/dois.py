"""DOIs as people paste them, made the one address that is for ever.

"doi:10.1177/0193841X10389136.", "http://dx.doi.org/10.1177%2F0193841X10389136" and the
address behind a library's proxy are all https://doi.org/10.1177/0193841X10389136.
"""

import re
from urllib.parse import quote, unquote

from django import forms

from nnsc.links import LinkField

MAX_LENGTH = 1000
RESOLVER = "https://doi.org/"
# What stands before the number: an address of the resolver, a label, both or nothing.
BEFORE = r"""
    (?: (?:https?:)? (?://)? (?:www\.|dx\.)?
        doi (?:\.org | -org\.[\w.-]+) (?::\d+)? / )?
    (?: (?:info:)? (?:urn:)? doi \s* [:/]? \s* )?
"""
PASTED = re.compile(
    rf"^{BEFORE}(?P<doi>10\.\d{{4,9}}(?:\.\d+)*/\S+)$", re.IGNORECASE | re.VERBOSE
)
# What a sentence or a list of references leaves hanging on its end.
TRAILING = ".,;:!?'\"”’»"
BRACKETS = {")": "(", "]": "[", "}": "{", ">": "<"}
# What may stand in an address as it is; the rest of a number is encoded.
SAFE = "/:;.,()-_~@!$*+=&'"
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def doi_in(text: str) -> str:
    """Return the DOI that a pasted text is or holds: "10.1177/0193841X10389136".

    Empty where there is none, as in a publisher's own address.
    """
    text = text.translate(INVISIBLE)
    if len(text) > MAX_LENGTH:
        return ""
    parts = [text, *text.split()]
    return next(filter(None, map(doi_of, parts)), "")


def doi_of(text: str) -> str:
    text = text.strip().strip("<[“”\"'").strip()
    if text.startswith("("):
        text = text[1:].removesuffix(")")
    is_address = "://" in text or text.lower().startswith(("doi.org", "dx.", "www."))
    if is_address:
        # A number has neither, so what follows was added by whoever shared it.
        text = re.split(r"[?#]", text, maxsplit=1)[0]
    found = PASTED.match(decoded(text))
    return without_trailing(found["doi"]) if found else ""


def decoded(text: str) -> str:
    """Return a text without its percent signs, however often it was encoded."""
    for _time in range(3):
        if (once := unquote(text)) == text:
            break
        text = once
    return text


def without_trailing(doi: str) -> str:
    while doi:
        last = doi[-1]
        is_lone = last in BRACKETS and doi.count(last) > doi.count(BRACKETS[last])
        if not is_lone and last not in TRAILING:
            break
        doi = doi[:-1]
    return doi


def clean_address(text: str) -> str:
    """Return the address of the DOI that a text is; any other text as it stands."""
    doi = doi_in(text)
    return RESOLVER + quote(doi, safe=SAFE) if doi else text


class StudyAddressBox(forms.URLField):
    """The address of a study; a DOI in whatever form it is pasted."""

    def to_python(self, value):
        return super().to_python(clean_address(value) if value else value)


class StudyAddressField(LinkField):
    """A column of such addresses, cleaned on every way in, be it past the forms."""

    def to_python(self, value):
        value = super().to_python(value)
        return clean_address(value) if value else value

    def pre_save(self, model_instance, add):
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value):
        return super().get_prep_value(self.to_python(value))

    def get_db_prep_save(self, value, connection):
        return super().get_db_prep_save(self.to_python(value), connection)

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": StudyAddressBox, **kwargs})
