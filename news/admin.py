import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import taggit.models
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from impact.models import City
from news.dates import Precision, date_text, date_value, first_of
from news.forms import ArticleForm, already_here
from news.lacking import lacking, n_lacking
from news.models import Article, ArticleCity, ArticleTag, Source, SourceAlias
from news.staff_search import found_by_staff
from nnsc.models import Tag, TagAlias
from nnsc.staff.image import IMAGE
from nnsc.staff.lists import ChosenFilter, ChosenOfManyFilter, capped, count_of
from nnsc.staff.names import AliasInline, NamedAdmin
from nnsc.staff.publishing import PublishableAdmin
from nnsc.staff.typed import MARK

# Our own tags replace django-taggit's, whose admin merges them with loss.
admin.site.unregister(taggit.models.Tag)

WITHOUT = {
    "city": _("without a city"),
    "tag": _("without a tag"),
    "link": _("without a link"),
}


class WithoutFilter(admin.SimpleListFilter):
    title = _("what is missing")
    parameter_name = "without"

    def lookups(self, request, model_admin):
        return list(WITHOUT.items())

    def queryset(self, request, queryset):
        if self.value() == "link":
            return queryset.filter(source_url="")
        if self.value() in WITHOUT:
            return lacking(queryset, self.value())
        return queryset


class DatedFilter(admin.SimpleListFilter):
    """Years, and the months of the chosen one.

    Django's own filter by date goes on to days, and would show the first of the month
    for every article that is dated to the month.
    """

    title = _("date")
    parameter_name = "dated"
    forms = re.compile(r"(?P<year>[12]\d{3})(?:-(?P<month>\d{2}))?", re.ASCII)

    def chosen(self):
        match = self.forms.fullmatch(self.value() or "")
        return match.groupdict() if match else {}

    def lookups(self, request, model_admin):
        choices = [(str(year), str(year)) for year in Article.objects.years()]
        if year := self.chosen().get("year"):
            months = Article.objects.months(int(year))
            firsts = [first_of(int(year), month) for month in months]
            choices += [
                (date_value(first, Precision.MONTH), date_text(first, Precision.MONTH))
                for first in firsts
            ]
        return choices

    def queryset(self, request, queryset):
        conditions = {
            f"dated__{part}": number for part, number in self.chosen().items() if number
        }
        return queryset.filter(**conditions)


class SourceFilter(ChosenFilter):
    title, parameter_name, model = _("source"), "source", Source


class CityFilter(ChosenOfManyFilter):
    title, parameter_name, model = _("city"), "cities", City
    links, to_listed, to_chosen = ArticleCity, "article", "city"


class TagFilter(ChosenOfManyFilter):
    title, parameter_name, model = _("tag"), "tags", Tag
    links, to_listed, to_chosen = ArticleTag, "content_object", "tag"


@admin.register(Article)
class ArticleAdmin(PublishableAdmin):
    section, place = _("News"), 10
    desk_button = _("New article")
    desk_box = ("source_url", _("Paste the link of a story"))
    empty_text = _("No articles yet. The first one takes a minute: paste its link.")
    form = ArticleForm
    autocomplete_fields = ["source", "cities", "tags"]
    fieldsets = [
        (
            _("The story"),
            {"fields": ["source_url", "title", "source", "date", "kind", "byline"]},
        ),
        (_("What it says"), {"fields": ["quote", "summary"]}),
        (_("Where it belongs"), {"fields": ["cities", "tags"]}),
        IMAGE,
        (_("Publishing"), {"fields": ["state", "goes_live_at"]}),
        (_("Notes"), {"fields": ["editor_note", "staff_note"]}),
        (_("Address of the page"), {"fields": ["slug"], "classes": ["collapse"]}),
    ]
    list_display = ["title", "source", "date", "cities_and_tags", "public_life"]
    list_select_related = ["source"]
    list_prefetch_related = ["cities", "tags"]
    list_filter = [
        "state",
        WithoutFilter,
        "kind",
        DatedFilter,
        SourceFilter,
        CityFilter,
        TagFilter,
    ]
    # Any field shows the box; get_search_results() looks further.
    search_fields = ["title"]
    search_help_text = _(
        "Words of the title, quote, summary, byline, source, city or tag, words of "
        "your notes, or the link to the story."
    )
    # By another column, a million articles would be sorted for one page.
    sortable_by = ["date"]
    # Kept for the next article by “Save and add another”.
    kept = ["source", "cities", "tags"]

    @admin.display(description=_("date"), ordering="dated")
    def date(self, article):
        return article.date_text()

    @admin.display(description=_("cities and tags"))
    def cities_and_tags(self, article):
        cities = ", ".join(str(city) for city in article.cities.all())
        tags = ", ".join(tag.name for tag in article.tags.all())
        return format_html(
            '<span class="cities">{}</span> <span class="tags">{}</span>',
            Truncator(cities).chars(60),
            Truncator(tags).chars(60),
        )

    def desk_items(self, request):
        counts = {
            "city": n_lacking("city"),
            "tag": n_lacking("tag"),
            "link": Article.objects.filter(source_url="").count(),
        }
        return super().desk_items(request) + [
            (label, counts[key], self.address("changelist", without=key))
            for key, label in WITHOUT.items()
        ]

    def get_search_results(self, request, queryset, search_term):
        """Find what readers find, what is not public yet, and what staff noted."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=found_by_staff(search_term)), False

    def add_view(self, request, form_url="", extra_context=None):
        """Show the form; a link that comes along is looked at before it is shown."""
        link = request.GET.get("source_url", "")
        is_begun = request.method == "GET" and link and MARK not in request.GET
        is_begun = is_begun and self.has_add_permission(request)
        if is_begun and (elsewhere := self.begin_with(request, link)):
            return HttpResponseRedirect(elsewhere)
        return super().add_view(request, form_url, extra_context)

    def begin_with(self, request, link) -> str | None:
        """Return where a link leads that is no new story's, or wants mending."""
        field = Article._meta.get_field("source_url")
        try:
            mended = field.formfield(assume_scheme="https").clean(link)
        except ValidationError:
            text = gettext("This is no address of a page: “%(text)s”. Mend it here.")
            shown = {"text": Truncator(link).chars(100)}
            self.message_user(request, text % shown, messages.WARNING)
            return None
        if twin := Article(source_url=mended).twin():
            self.message_user(request, already_here(twin), messages.WARNING)
            return reverse("admin:index")
        query = request.GET.copy()
        query["source_url"] = mended
        if "source" not in query and (source := Source.objects.of_link(mended)):
            query["source"] = source.pk
        if query == request.GET:
            return None
        return f"{request.path}?{query.urlencode()}"

    def response_add(self, request, obj, post_url_continue=None):
        response = super().response_add(request, obj, post_url_continue)
        return self.with_kept(request, obj, response)

    def response_change(self, request, obj):
        response = super().response_change(request, obj)
        return self.with_kept(request, obj, response)

    def with_kept(self, request, article, response):
        """Begin the next article with this one's source, date, cities and tags."""
        if "_addanother" not in request.POST:
            return response
        kept = {
            "source": article.source_id or "",
            "date": article.date_text(),
            "cities": ",".join(str(city.pk) for city in article.cities.all()),
            "tags": ",".join(str(tag.pk) for tag in article.tags.all()),
        }
        address = urlsplit(response.url)
        # What this one was begun with, such as its link, is no part of the next.
        query = {
            name: value
            for name, value in parse_qsl(address.query)
            if name.startswith("_")
        }
        query |= {name: value for name, value in kept.items() if value}
        return HttpResponseRedirect(
            urlunsplit(address._replace(query=urlencode(query)))
        )


class SourceAliasInline(AliasInline):
    model = SourceAlias


class CountedAdmin(NamedAdmin):
    """For what articles point at: each record says how many, and leads to them."""

    counted_by = ""

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(n_articles=self.n_articles())

    @admin.display(description=_("articles"), ordering="n_articles")
    def articles(self, record):
        if record.pk is None:
            return ""
        article_admin = self.admin_site.get_model_admin(Article)
        address = article_admin.address("changelist", **{self.counted_by: record.pk})
        return format_html('<a href="{}">{}</a>', address, capped(record.n_articles))


@admin.register(Source)
class SourceAdmin(CountedAdmin):
    section, place = _("News"), 11
    empty_text = _("No sources yet. They can be added while writing an article.")
    counted_by = "source"
    list_display = ["name", "articles", "home_page"]
    search_fields = ["key", "aliases__key"]
    inlines = [SourceAliasInline]
    readonly_fields = ["articles"]
    fieldsets = [
        (None, {"fields": ["name", "home_page", "domains", "articles"]}),
        (_("Address of the page"), {"fields": ["slug"], "classes": ["collapse"]}),
    ]

    def n_articles(self):
        return count_of(Article.objects, "source")


class UseFilter(admin.SimpleListFilter):
    title = _("use")
    parameter_name = "use"

    def lookups(self, request, model_admin):
        return [("used", _("in use")), ("unused", _("unused"))]

    def queryset(self, request, queryset):
        if self.value() == "used":
            return queryset.filter(n_articles__gt=0)
        if self.value() == "unused":
            return queryset.filter(n_articles=0)
        return queryset


class TagAliasInline(AliasInline):
    model = TagAlias


@admin.register(Tag)
class TagAdmin(CountedAdmin):
    section, place = _("News"), 12
    empty_text = _("No tags yet. They can be added while writing an article.")
    counted_by = "tags"
    list_display = ["name", "articles", "meaning"]
    list_filter = [UseFilter]
    search_fields = ["key", "aliases__key"]
    inlines = [TagAliasInline]
    readonly_fields = ["articles"]
    fieldsets = [
        (None, {"fields": ["name", "meaning", "articles"]}),
        (_("Address of the page"), {"fields": ["slug"], "classes": ["collapse"]}),
    ]

    def n_articles(self):
        return count_of(ArticleTag.objects, "tag")
