"""The whole address space on one screen."""

from django.contrib import admin
from django.urls import path, re_path, register_converter

from impact import api as impact_api
from impact import downloads, embedding
from impact import sharing as impact_sharing
from impact import tables as impact_tables
from impact import views as impact
from news import api as news_api
from news import feeds
from news import tables as news_tables
from news import views as news
from nnsc import converters, media, previews, sharing
from nnsc.api import api_urls
from nnsc.contact import security_txt
from nnsc.front import data, sitemaps
from nnsc.front import views as front
from nnsc.front.search import search_page
from principles import api as principles_api
from principles import tables as principles_tables
from principles import views as principles

register_converter(converters.Year, "yyyy")
register_converter(converters.Month, "mm")
register_converter(converters.ImageName, "image_name")
register_converter(converters.FeedForm, "form")
register_converter(converters.FigureForm, "figure_form")
register_converter(converters.ShareVersion, "share_version")

handler500 = "nnsc.failing.server_error"

urlpatterns = [
    path("", front.home, name="home"),
    path("news/", news.article_list, name="article_list"),
    path("news/<yyyy:year>/", news.article_year, name="article_year"),
    path("news/<yyyy:year>/<mm:month>/", news.article_month, name="article_month"),
    path("news/<int:pk>-<str:slug>/", news.article, name="article"),
    path("news/tags/", news.tag_list, name="tag_list"),
    path("news/tags/<slug:slug>/", news.tag, name="tag"),
    path("sources/", news.source_list, name="source_list"),
    path("sources/<slug:slug>/", news.source, name="source"),
    path("cities/", front.city_list, name="city_list"),
    path("cities/<slug:slug>/", front.city, name="city"),
    path("programs/", front.program_list, name="program_list"),
    path("programs/<slug:slug>/", front.program, name="program"),
    path("impact/", impact.impact, name="impact"),
    path("impact/methods/", impact.methods, name="methods"),
    path("impact/<int:pk>-<str:slug>/", front.metric, name="metric"),
    path("principles/", principles.principle_list, name="principle_list"),
    path("principles/<slug:slug>/", principles.principle, name="principle"),
    path("search/", search_page, name="search"),
    # Where the news was on the network's former site, page by page.
    re_path(r"^impact/news(?:/P\d+)?/?$", news.former_list),
    path("about/", front.about, name="about"),
    path("accessibility/", front.accessibility, name="accessibility"),
    path("data/", data.data, name="data"),
    path("media/images/<image_name:name>", media.image, name="image"),
    # Pictures of pages, for where their addresses are shared
    path("share/<share_version:version>.png", sharing.site_picture, name="share_site"),
    path(
        "share/impact/<int:pk>/<share_version:version>.png",
        impact_sharing.figure_picture,
        name="share_figure",
    ),
    path(
        "share/cities/<slug:slug>/<share_version:version>.png",
        impact_sharing.city_picture,
        name="share_city",
    ),
    # Figures on the pages of others
    path("embed/impact/<int:pk>/", embedding.embed, name="embed"),
    path("oembed/", embedding.oembed, name="oembed"),
    path("admin/", admin.site.urls),
    path("preview/<str:token>/", previews.linked, name="preview_link"),
    # Feeds
    path("news/feed.<form:form>", feeds.news),
    path("news/<yyyy:year>/feed.<form:form>", feeds.year),
    path("news/<yyyy:year>/<mm:month>/feed.<form:form>", feeds.month),
    path("news/tags/<slug:slug>/feed.<form:form>", feeds.tag),
    path("sources/<slug:slug>/feed.<form:form>", feeds.source),
    path("cities/<slug:slug>/feed.<form:form>", feeds.city),
    path("programs/<slug:slug>/feed.<form:form>", feeds.program),
    # Tables
    path("news.csv", news_tables.article_csv, name="article_csv"),
    path("news/tags.csv", news_tables.tag_csv, name="tag_csv"),
    path("sources.csv", news_tables.source_csv, name="source_csv"),
    path("cities.csv", impact_tables.city_csv, name="city_csv"),
    path("programs.csv", impact_tables.program_csv, name="program_csv"),
    path("impact.csv", downloads.figures, {"form": "csv"}, name="metric_csv"),
    path("impact.<figure_form:form>", downloads.figures, name="figures"),
    path("impact/<int:pk>.<figure_form:form>", downloads.figure, name="figure"),
    path("principles.csv", principles_tables.principle_csv, name="principle_csv"),
    # Programs of others
    path(
        "api/v1/", api_urls(news_api.router, impact_api.router, principles_api.router)
    ),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("sitemap.xml", sitemaps.index, name="sitemap_index"),
    path("sitemap-<slug:part>-<int:number>.xml", sitemaps.part, name="sitemap"),
    # /healthz and /readyz are answered before all of these: nnsc.health.
]

handler400 = "nnsc.errors.bad_request"
handler403 = "nnsc.errors.permission_denied"
handler404 = "nnsc.errors.page_not_found"
