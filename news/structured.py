"""An article as machines read it: our page, which cites a story of somebody else."""

from django.urls import reverse
from django.utils.translation import gettext as _

from impact.structured import place
from news.models import Article
from nnsc.outputs import absolute
from nnsc.structured import breadcrumbs, the_organization

# What the story is; what is not listed is a NewsArticle.
TYPES = {
    Article.Kind.OP_ED: "OpinionNewsArticle",
    Article.Kind.PRESS_RELEASE: "Article",
}


def article_page(article: Article, cities, tags) -> list[dict]:
    url = absolute(article.get_absolute_url())
    page = {
        "@type": "WebPage",
        "@id": url,
        "url": url,
        "name": article.title,
        "description": article.summary,
        "inLanguage": "en",
        "isPartOf": {"@id": absolute("/#website")},
        "publisher": the_organization(),
        # When we showed it. The story's own date is the story's.
        "datePublished": article.goes_live_at.isoformat(),
        "dateModified": max(article.goes_live_at, article.updated_at).isoformat(),
        "keywords": [tag.name for tag in tags],
        "about": [place(city) for city in cities],
        "citation": story(article),
    }
    return [
        page,
        way_to_year(article.dated.year, (article.title, article.get_absolute_url())),
    ]


def way_to_year(year: int, *further: tuple[str, str]) -> dict:
    return breadcrumbs(
        (_("News"), reverse("article_list")),
        (str(year), reverse("article_year", args=[year])),
        *further,
    )


def story(article: Article) -> dict:
    """What the outlet published: "2016-01" where no day is known."""
    return {
        "@type": TYPES.get(article.kind, "NewsArticle"),
        "headline": article.title,
        "url": article.source_url,
        "datePublished": article.date_value(),
        "author": {"@type": "Person", "name": article.byline}
        if article.byline
        else None,
        "publisher": {
            "@type": "Organization",
            "name": article.source.name,
            "url": article.source.home_page,
        },
    }
