from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from news.selection import Shown

register = template.Library()


@register.simple_tag
def cards(shown: Shown, heading: str) -> SafeString:
    """Return the cards of some live articles; those that were not kept are made.

    Three queries where any is made, none else.
    """

    def make(missing: list[int]) -> dict[int, SafeString]:
        template = get_template("news/_article_card.html").template
        return {
            article.pk: template.render(
                Context({"article": article, "heading": heading})
            )
            for article in shown.load(missing)
        }

    found = shown.index.cards(heading, shown.ids, make)
    return format_html_join("", "{}", ((card,) for card in found.values()))
