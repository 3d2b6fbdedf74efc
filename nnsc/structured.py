"""What pages say of themselves to machines, in the words of schema.org, as JSON-LD."""

import json

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from nnsc.outputs import absolute

# Inside a script element these could end it, or begin another.
ESCAPES = {
    ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"
}


def json_ld(*things: dict) -> SafeString:
    """Return things as the text of a script element; what they lack is left out."""
    graph = {"@context": "https://schema.org", "@graph": [known(it) for it in things]}
    text = json.dumps(graph, ensure_ascii=False)
    # Escaped as HTML it would be no JSON. Outside of strings JSON has none of these.
    return mark_safe(text.translate(ESCAPES))  # noqa: S308 - nothing ends the element


def known(value):
    """Return value without what is None or empty, at any depth; 0 stays."""
    if isinstance(value, dict):
        said = {name: known(part) for name, part in value.items()}
        return {name: part for name, part in said.items() if not is_empty(part)}
    if isinstance(value, list):
        return [part for part in map(known, value) if not is_empty(part)]
    return value


def is_empty(value) -> bool:
    return value is None or value in ("", [], {})


def organization() -> dict:
    return {
        "@type": "Organization",
        "@id": absolute("/#organization"),
        "name": _("National Network for Safe Communities"),
        "url": absolute("/"),
    }


def the_organization() -> dict:
    """Point at organization(), with its name for who does not follow."""
    return {name: organization()[name] for name in ("@type", "@id", "name")}


def website() -> dict:
    """The site, and how it is searched."""
    return {
        "@type": "WebSite",
        "@id": absolute("/#website"),
        "name": _("National Network for Safe Communities"),
        "url": absolute("/"),
        "inLanguage": "en",
        "publisher": {"@id": absolute("/#organization")},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": absolute("/search/?q={search_term_string}"),
            },
            "query-input": "required name=search_term_string",
        },
    }


def page_below(list_name: str, list_address: str, record) -> SafeString:
    """Return the way to a record's page through the list that it stands in."""
    crumbs = (list_name, list_address), (str(record), record.get_absolute_url())
    return json_ld(breadcrumbs(*crumbs))


def breadcrumbs(*crumbs: tuple[str, str]) -> dict:
    """Return the way from home to a page: (name, path) of each step after home."""
    steps = [(_("Home"), reverse("home")), *crumbs]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": at,
                "name": name,
                "item": absolute(path),
            }
            for at, (name, path) in enumerate(steps, start=1)
        ],
    }
