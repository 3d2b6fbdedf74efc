"""The whole address space on one screen."""

from django.contrib import admin
from django.urls import path, register_converter

from impact import views as impact
from news import views as news
from nnsc import converters, media
from nnsc.front import views as front
from nnsc.front.search import search_page
from principles import views as principles

register_converter(converters.Year, "yyyy")
register_converter(converters.Month, "mm")
register_converter(converters.ImageName, "image_name")

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
    path("principles/", principles.principle_list, name="principle_list"),
    path("principles/<slug:slug>/", principles.principle, name="principle"),
    path("search/", search_page, name="search"),
    path("about/", front.about, name="about"),
    path("accessibility/", front.accessibility, name="accessibility"),
    path("media/images/<image_name:name>", media.image, name="image"),
    path("admin/", admin.site.urls),
]
