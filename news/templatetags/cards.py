from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from news.selection import Shown

register = template.Library()


@register.simple_tag
def cards(shown: Shown, heading: str) -> SafeString:
    """Return the cards of some live articles; those that were not kept are made.

    Three queries where any is made, none else.
    """
    index = shown.index
    found = {pk: index.kept_cards.get((pk, heading)) for pk in shown.ids}
    missing = [pk for pk, card in found.items() if card is None]
    if missing:
        template = get_template("news/_article_card.html").template
        made = {
            (article.pk, heading): template.render(
                Context({"article": article, "heading": heading})
            )
            for article in shown.load(missing)
        }
        index.keep_cards(made)
        found |= {pk: card for (pk, _heading), card in made.items()}
    # One may be missing that was deleted meanwhile.
    html = "".join(filter(None, found.values()))
    return mark_safe(html)  # noqa: S308 - each is what a template has rendered
