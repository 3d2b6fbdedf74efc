"""A reader's choice among the news: a city, a tag, a source, a year."""

from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from impact.models import City
from news.models import ArticleCity, ArticleTag, Source
from nnsc.models import Tag

MAX_SHOWN_LENGTH = 60


@dataclass
class Facet:
    """One question of the form: its name in the address, its label and its answers.

    options maps the value in the address to the label that readers see, page names the
    address of one answer alone, asked is what the reader's query string says.
    """

    name: str
    label: str
    options: dict[str, str]
    kind: str
    page: str
    asked: str

    @property
    def chosen(self) -> str:
        """The value that narrows the news; empty when none or an unknown one is."""
        return self.asked if self.asked in self.options else ""

    @property
    def chosen_label(self) -> str:
        return self.options.get(self.asked, "")

    @property
    def problem(self) -> str:
        """A kind sentence about a value that no article has; empty when all is well."""
        if not self.asked or self.chosen:
            return ""
        shown = self.asked[:MAX_SHOWN_LENGTH]
        sentence = gettext("There is no news with the %(kind)s “%(asked)s”.") % {
            "kind": self.kind,
            "asked": shown,
        }
        near = get_close_matches(shown.lower(), self.options, n=1)
        if near:
            sentence += " " + gettext("Did you mean %(name)s?") % {
                "name": self.options[near[0]]
            }
        return sentence


class NewsChoice:
    """What a reader chose in the query string, of what the articles have to offer.

    Four queries, one for each facet's options.
    """

    def __init__(self, query: QueryDict, articles):
        in_city = ArticleCity.objects.filter(city=OuterRef("pk"), article__in=articles)
        with_tag = ArticleTag.objects.filter(
            tag=OuterRef("pk"), content_object__in=articles
        )
        cities = City.objects.filter(Exists(in_city))
        tags = Tag.objects.filter(Exists(with_tag))
        sources = Source.objects.filter(
            Exists(articles.order_by().filter(source=OuterRef("pk")))
        )
        self.years = articles.years()
        self.facets = [
            Facet(
                name="city",
                label=_("City"),
                options={city.slug: str(city) for city in cities},
                kind=_("city"),
                page="city",
                asked=query.get("city", ""),
            ),
            Facet(
                name="tag",
                label=_("Tag"),
                options={tag.slug: tag.name for tag in tags},
                kind=_("tag"),
                page="tag",
                asked=query.get("tag", ""),
            ),
            Facet(
                name="source",
                label=_("Source"),
                options={source.slug: source.name for source in sources},
                kind=_("source"),
                page="source",
                asked=query.get("source", ""),
            ),
            Facet(
                name="year",
                label=_("Year"),
                options={str(year): str(year) for year, _ in self.years},
                kind=_("year"),
                page="article_year",
                asked=query.get("year", ""),
            ),
        ]

    def apply(self, articles):
        """Narrow the articles to the choice; what is unknown narrows nothing."""
        fields = {"city": "cities__slug", "tag": "tags__slug", "source": "source__slug"}
        for facet in self.chosen:
            if facet.name == "year":
                articles = articles.in_year(int(facet.chosen))
            else:
                articles = articles.filter(**{fields[facet.name]: facet.chosen})
        return articles

    @property
    def chosen(self) -> list[Facet]:
        return [facet for facet in self.facets if facet.chosen]

    @property
    def problems(self) -> list[str]:
        return [facet.problem for facet in self.facets if facet.problem]

    def text(self) -> str:
        """Return "Chicago, IL · 2016", empty when nothing is chosen."""
        return " · ".join(facet.chosen_label for facet in self.chosen)

    @property
    def is_mixed(self) -> bool:
        return len(self.chosen) > 1

    def address(self) -> str:
        """Return the permanent address of what is chosen: a lone facet has its page."""
        if not self.chosen:
            return reverse("article_list")
        if self.is_mixed:
            return f"{reverse('article_list')}?{self.query()}"
        (facet,) = self.chosen
        return reverse(facet.page, args=[facet.chosen])

    def query(self) -> str:
        """Return the choice as the address has it, in one order: "city=chicago"."""
        return urlencode([(facet.name, facet.chosen) for facet in self.chosen])
