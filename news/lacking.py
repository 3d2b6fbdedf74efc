"""Articles that lack something, among any number: for staff, who complete them.

The live ones are known from the index of the news; the others are few.
"""

from news.bits import places
from news.index import news_index
from news.models import Article
from news.selection import N_BY_ID

# What each facet is called on an article.
SETS = {"city": "cities", "tag": "article_tags"}


def lacking(articles, facet: str):
    """Narrow articles to those without a city or a tag. At most two queries."""
    live = news_index().lacking(facet)
    if len(live) > N_BY_ID:
        # So many that the database soon meets enough for a page.
        return articles.filter(**{SETS[facet]: None})
    keys = [live.index.ids[place] for place in places(live.bits, 0, len(live))]
    others = hidden_lacking(facet).values_list("pk", flat=True)[:N_BY_ID]
    return articles.filter(pk__among=[*keys, *others])


def n_lacking(facet: str) -> int:
    return len(news_index().lacking(facet)) + hidden_lacking(facet).count()


def hidden_lacking(facet: str):
    return Article.objects.hidden().filter(**{SETS[facet]: None})
