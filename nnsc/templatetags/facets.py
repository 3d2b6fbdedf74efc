from collections.abc import Iterable
from functools import cache
from html import escape

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from nnsc.facets import Option

register = template.Library()

# Stand in a stencil where what an option says will stand; no template has these.
VALUE, LABEL, N_RECORDS = "\ue001", "\ue002", "\ue003"


@register.simple_tag
def options(name: str, some: Iterable[Option]) -> SafeString:
    """Return the options of a facet, each as _facet_option.html has it.

    A page may have hundreds: the template is rendered once, and its gaps are filled.
    """
    html = "".join(filled(name, option) for option in some)
    return mark_safe(html)  # noqa: S308 - filled() escapes; format_html is slower


def filled(name: str, option: Option) -> str:
    before, between, after, end = stencil(name, option.is_chosen)
    # Python's own: Django's has a way round for lazy texts, which takes twice as long.
    value, label = escape(option.value), escape(option.label)
    return f"{before}{value}{between}{label}{after}{option.n_records}{end}"


@cache
def stencil(name: str, is_chosen: bool) -> tuple[str, str, str, str]:
    """Return what stands around value, label and n_records, in this order."""
    option = Option(VALUE, LABEL, N_RECORDS, is_chosen, without="")
    html = render_to_string("_facet_option.html", {"name": name, "option": option})
    before, rest = html.split(VALUE)
    between, rest = rest.split(LABEL)
    after, end = rest.split(N_RECORDS)
    return before, between, after, end
