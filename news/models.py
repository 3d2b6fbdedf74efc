"""Articles about the work, and the outlets that ran them."""

from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Max, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from taggit.models import ItemBase

from impact.models import City
from news.addresses import MAX_KEY_LENGTH, address_key, host_of
from news.dates import Precision, date_text, date_value, first_of
from news.tagging import tags_through
from nnsc import proofreading
from nnsc.entries import Entry
from nnsc.illustrated import DESCRIBED, NOT_DESCRIBED, Illustrated
from nnsc.links import LinkField
from nnsc.models import Tag
from nnsc.naming import Alias, FoldedField, Named
from nnsc.publishing import Publishable, PublishableQuerySet, State

MAX_QUOTED_WORDS = 120
N_BESIDE = 20
QUOTATION_MARKS = {*'"“”„«»'}


class SourceQuerySet(models.QuerySet):
    def of_link(self, url: str) -> "Source | None":
        """Return the source that an address is likely of, None where nothing tells.

        It is the one on whose domain the address lies, or else the one of most of a few
        articles from the same host. Two queries.
        """
        host = host_of(urlsplit(url))
        end = ".".join(host.split(".")[-2:])
        found = [
            (len(domain), source)
            for source in self.filter(domains__icontains=end).order_by("pk")
            for domain in source.hosts()
            if host == domain or host.endswith(f".{domain}")
        ]
        if found:
            return max(found, key=lambda pair: pair[0])[1]
        # An index finds what lies between "host/" and the sign that follows the slash.
        beside = Article.objects.filter(
            source__isnull=False, source_key__gte=f"{host}/", source_key__lt=f"{host}0"
        ).select_related("source")
        common = Counter(article.source for article in beside[:N_BESIDE])
        return common.most_common(1)[0][0] if common else None


class Source(Named):
    """The outlet that ran a story: a newspaper, a broadcaster, an agency."""

    name = models.CharField(_("name"), max_length=120)
    key = FoldedField(unique=True)
    slug = models.SlugField(_("address"), max_length=140, unique=True, blank=True)
    home_page = LinkField(_("home page"), max_length=500, blank=True)
    domains = models.TextField(
        _("domains"),
        blank=True,
        help_text=_("Where its stories stand, one a line: npr.org"),
    )

    objects = SourceQuerySet.as_manager()

    search_joins = ["aliases"]
    fields_of_lines = ["domains"]

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["name"]
        permissions = [("merge_source", "Can merge sources")]

    def get_absolute_url(self):
        return reverse("source", args=[self.slug])

    def search_entry(self):
        return Entry(self.name, keywords=self.search_keywords)

    def search_keywords(self) -> list[str]:
        return [*self.all_names()[1:], self.domains]

    def hosts(self) -> list[str]:
        """Return the domains as they stand in the address of a story."""
        hosts = []
        for line in self.domains.split():
            # What is no address is of no use here.
            with suppress(ValueError):
                hosts.append(host_of(urlsplit(line if "//" in line else f"//{line}")))
        return [host for host in hosts if host]


class SourceAlias(Alias):
    part_of = "source"

    source = models.ForeignKey(Source, models.CASCADE, related_name="aliases")

    class Meta(Alias.Meta):
        verbose_name = _("other name")
        verbose_name_plural = _("other names")


class ArticleQuerySet(PublishableQuerySet):
    def newest_first(self):
        """By month, then by day where known, then by when we added them."""
        return self.order_by("-dated", "-created_at", "-id")

    def for_lists(self):
        """Load what article cards show: three queries, however many articles."""
        return (
            self.newest_first()
            .select_related("source")
            .prefetch_related("cities", "tags")
        )

    def years(self) -> list[int]:
        """Return the years of the articles, newest first. A query for each."""
        years, earlier = [], self.exclude(dated=None)
        while dated := earlier.aggregate(last=Max("dated"))["last"]:
            years.append(dated.year)
            earlier = self.filter(dated__lt=first_of(dated.year, 1))
        return years

    def months(self, year: int) -> list[int]:
        """Return the months of a year that have articles. A query for each."""
        months, later = [], self.filter(dated__year=year)
        while dated := later.aggregate(first=Min("dated"))["first"]:
            months.append(dated.month)
            if dated.month == 12:
                break
            later = self.filter(
                dated__gte=first_of(year, dated.month + 1), dated__year=year
            )
        return months


class Article(Illustrated, Publishable):
    """A story about the work, told by somebody else and found here."""

    class Kind(models.TextChoices):
        NEWS = "news", _("News")
        FEATURE = "feature", _("Feature")
        OP_ED = "op_ed", _("Op-ed")
        PRESS_RELEASE = "press_release", _("Press release")
        AUDIO = "audio", _("Audio")

    title = models.CharField(
        _("title"),
        max_length=300,
        help_text=_("As the outlet printed it."),
    )
    slug = models.SlugField(_("address"), max_length=80, blank=True, db_index=False)
    source = models.ForeignKey(
        Source,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="articles",
        # An index of its own has it first.
        db_index=False,
        verbose_name=_("source"),
        help_text=_("The outlet that ran it, such as NPR."),
    )
    source_url = LinkField(
        _("link to the story"),
        max_length=2000,
        blank=True,
        help_text=_("Copied from the browser. Leave empty if it is nowhere online."),
    )
    # NULL, not empty, where there is no address: many articles may have none.
    source_key = models.CharField(  # noqa: DJ001
        max_length=MAX_KEY_LENGTH, null=True, unique=True, editable=False
    )
    dated = models.DateField(_("date"), null=True, blank=True)
    dated_precision = models.CharField(
        _("date known to the"),
        max_length=5,
        choices=Precision,
        default=Precision.MONTH,
    )
    quote = models.TextField(
        _("quote"),
        blank=True,
        help_text=_(
            "A passage word for word from the story, without quotation marks around "
            "it; the page sets them. Leave empty if you summarize instead."
        ),
    )
    summary = models.TextField(
        _("summary"),
        blank=True,
        help_text=_("What it says, in our words. It may quote a few of the story’s."),
    )
    byline = models.CharField(
        _("byline"), max_length=200, blank=True, help_text=_("Who wrote it.")
    )
    kind = models.CharField(_("kind"), max_length=13, choices=Kind, default=Kind.NEWS)
    editor_note = models.TextField(
        _("editor’s note"),
        blank=True,
        help_text=_("What a careful reader should know besides. Readers see it."),
    )
    staff_note = models.TextField(
        _("note for staff"), blank=True, help_text=_("Never shown to the public.")
    )
    cities = models.ManyToManyField(
        City,
        through="ArticleCity",
        related_name="articles",
        verbose_name=_("cities"),
        blank=True,
    )
    # As they were given, however many articles are read at once.
    tags = tags_through("news.ArticleTag", ordering=["article_tags__pk"])

    objects = ArticleQuerySet.as_manager()

    search_joins = ["source__aliases", "cities__aliases", "tags__aliases"]
    # What nnsc.differences shows of the date: never a day that no source gives.
    spoken_by = {"dated": "date_text", "dated_precision": ""}

    class Meta(Publishable.Meta):
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["-dated", "-created_at", "-id"]
        permissions = [("publish_article", "Can publish and withdraw articles")]
        indexes = [
            models.Index(
                name="news_article_newest",
                fields=["state", "-dated", "-created_at", "-id"],
            ),
            # The lists of staff, which show all states together.
            models.Index(
                name="news_article_listed", fields=["-dated", "-created_at", "-id"]
            ),
            models.Index(
                name="news_article_of_source",
                fields=["source", "-dated", "-created_at", "-id"],
            ),
            models.Index(
                name="news_article_of_kind",
                fields=["kind", "-dated", "-created_at", "-id"],
            ),
            models.Index(
                name="news_article_no_link",
                fields=["-dated", "-created_at", "-id"],
                condition=Q(source_url=""),
            ),
            models.Index(
                name="news_article_noted",
                fields=["id"],
                condition=~Q(staff_note=""),
            ),
            models.Index(
                name="news_article_shown_last",
                fields=["state", "-goes_live_at", "-id"],
            ),
        ]
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                name="news_article_precision_known",
                condition=Q(dated_precision__in=Precision.values),
            ),
            models.CheckConstraint(
                name="news_article_link_has_key",
                condition=Q(source_url="", source_key__isnull=True)
                | (~Q(source_url="") & Q(source_key__isnull=False)),
            ),
            models.CheckConstraint(
                name="news_article_published_whole",
                condition=~Q(state=State.PUBLISHED)
                | (~Q(title="") & Q(source__isnull=False, dated__isnull=False)),
            ),
            models.CheckConstraint(
                name="news_article_image_described",
                condition=~Q(state=State.PUBLISHED) | DESCRIBED,
                violation_error_message=NOT_DESCRIBED,
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("article", args=[self.pk, self.slug])

    def clean(self):
        super().clean()
        twin = self.twin()
        if twin:
            raise ValidationError(
                {
                    "source_url": _("You already have this: “%(title)s”, %(about)s.")
                    % {"title": twin.title, "about": twin.attribution()}
                }
            )

    def twin(self):
        """The other article at the same address, if there is one."""
        if not self.source_url:
            return None
        others = Article.objects.exclude(pk=self.pk).select_related("source")
        return others.filter(source_key=address_key(self.source_url)).first()

    def missing_for_publishing(self):
        missing = self.missing_words()
        if not self.title.strip():
            missing["title"] = _("A published article needs its title.")
        if self.source_id is None:
            missing["source"] = _("A published article needs the outlet that ran it.")
        if self.dated is None:
            missing["dated"] = _("A published article needs its month.")
        return missing

    def warnings_for_staff(self):
        """Return what is worth a look: see Publishable. Two queries."""
        quote, n_words = self.quote.strip(), proofreading.n_words(self.quote)
        is_dated_ahead = self.dated is not None and self.dated > timezone.localdate()
        too_long = _("The quote has %(number)d words; %(most)d are plenty to copy.")
        checks = [
            (self.cities.all(), _("It has no city: who looks for theirs misses it.")),
            (self.tags.all(), _("It has no tag.")),
            (self.source_url, _("It has no link to the story.")),
            (
                quote or self.summary.strip(),
                _("It has neither quote nor summary, so its page says little."),
            ),
            (
                n_words <= MAX_QUOTED_WORDS,
                too_long % {"number": n_words, "most": MAX_QUOTED_WORDS},
            ),
            (
                quote[:1] not in QUOTATION_MARKS,
                _("The quote begins with a quotation mark; the page sets its own."),
            ),
            (not is_dated_ahead, _("Its date is still to come.")),
        ]
        texts = [self.title, self.quote, self.summary, self.editor_note]
        return [sentence for is_right, sentence in checks if not is_right] + [
            *proofreading.remarks(self.title, *texts)
        ]

    def save(self, *args, **kwargs):
        self.prepare()
        super().save(*args, **kwargs)

    def prepare(self):
        """Fill what follows from the other fields. A bulk_create() calls it itself."""
        if not self.slug:
            field = self._meta.get_field("slug")
            self.slug = slugify(self.title)[: field.max_length].strip("-") or "article"
        self.source_key = address_key(self.source_url) if self.source_url else None
        if self.dated and self.dated_precision == Precision.MONTH:
            self.dated = self.dated.replace(day=1)

    def search_entry(self):
        if self.state != State.PUBLISHED:
            return None
        # In quotation marks, as pages set it; one line, so that it is shown as one.
        quote = f"“{' '.join(self.quote.split())}”" if self.quote else ""
        return Entry(
            self.title,
            body="\n".join([quote, self.summary, self.editor_note]),
            keywords=self.search_keywords,
            dated=self.dated,
            goes_live_at=self.goes_live_at,
        )

    def search_keywords(self) -> list[str]:
        keywords = [self.byline, self.get_kind_display(), self.month_text()]
        if self.source:
            keywords += self.source.all_names()
        for city in self.cities.all():
            keywords += city.search_names()
        for tag in self.tags.all():
            keywords += tag.all_names()
        return keywords

    @property
    def source_host(self) -> str:
        """Where the link leads: "npr.org"."""
        return (urlsplit(self.source_url).hostname or "").removeprefix("www.")

    def attribution(self) -> str:
        """Return "NPR, January 2016", as far as it is known."""
        return ", ".join(filter(None, [str(self.source or ""), self.date_text()]))

    def date_text(self) -> str:
        return date_text(self.dated, self.dated_precision) if self.dated else ""

    def date_value(self) -> str:
        return date_value(self.dated, self.dated_precision) if self.dated else ""

    def month_text(self) -> str:
        """Return "January 2016", as lists show it even where the day is known."""
        return date_text(self.dated, Precision.MONTH) if self.dated else ""

    def month_value(self) -> str:
        return date_value(self.dated, Precision.MONTH) if self.dated else ""


class ArticleCity(models.Model):
    """A city that an article is about. A city in use cannot be deleted."""

    part_of = "article"

    article = models.ForeignKey(Article, models.CASCADE)
    city = models.ForeignKey(City, models.PROTECT)

    class Meta:
        verbose_name = _("city of an article")
        verbose_name_plural = _("cities of articles")
        constraints = [
            models.UniqueConstraint(
                name="news_article_city_once", fields=["article", "city"]
            )
        ]

    def __str__(self):
        return f"{self.article} · {self.city}"


class ArticleTag(ItemBase):
    """A tag of an article. A tag in use cannot be deleted."""

    part_of = "content_object"

    content_object = models.ForeignKey(
        Article, models.CASCADE, related_name="article_tags"
    )
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="article_tags")

    class Meta:
        verbose_name = _("tag of an article")
        verbose_name_plural = _("tags of articles")
        constraints = [
            models.UniqueConstraint(
                name="news_article_tag_once", fields=["content_object", "tag"]
            )
        ]

    def __str__(self):
        return f"{self.content_object} · {self.tag}"
