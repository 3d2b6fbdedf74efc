"""Feeds as Atom (RFC 4287) and as JSON Feed 1.1 (jsonfeed.org)."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.http import HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

# Names of feeds and entries are for ever, wherever the site moves (RFC 4151).
TAG_URI = "tag:nnscommunities.org,2016:"
# What XML 1.0 cannot say at all, however it is escaped.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Entry:
    """id names it for ever; url is our page, source_url the story itself, if known."""

    id: str
    url: str
    title: str
    html: str
    author: str
    published_at: datetime
    updated_at: datetime
    source_url: str = ""
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Feed:
    """page_url is the page that it follows, feed_url its own address."""

    id: str
    title: str
    page_url: str
    feed_url: str
    updated_at: datetime
    entries: list[Entry]


def tag_uri(name: str) -> str:
    return TAG_URI + name


def feed_response(feed: Feed, form: str) -> HttpResponse:
    """Answer with the feed as "atom" or "json"."""
    clean = replace(
        feed,
        title=printable(feed.title),
        entries=[
            replace(
                entry,
                title=printable(entry.title),
                html=printable(entry.html),
                author=printable(entry.author),
                tags=[printable(tag) for tag in entry.tags],
            )
            for entry in feed.entries
        ],
    )
    return atom_response(clean) if form == "atom" else json_response(clean)


def printable(text: str) -> str:
    return NOT_XML.sub("", text)


def latest(moments: Iterable[datetime], *, without: datetime) -> datetime:
    """Return the last of the moments; another where there is none."""
    return max(moments, default=without)


class Atom(Atom1Feed):
    """Django's Atom, with our own moment of change and a link to what it is about."""

    def latest_post_date(self):
        return self.feed["updated_at"]

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        if item["source_url"]:
            link = {"rel": "via", "href": item["source_url"]}
            handler.addQuickElement("link", "", link)


def atom_response(feed: Feed) -> HttpResponse:
    atom = Atom(
        title=feed.title,
        link=feed.page_url,
        description="",
        language="en",
        author_name=_("National Network for Safe Communities"),
        feed_url=feed.feed_url,
        feed_guid=feed.id,
        updated_at=feed.updated_at,
    )
    for entry in feed.entries:
        atom.add_item(
            title=entry.title,
            link=entry.url,
            description=entry.html,
            unique_id=entry.id,
            author_name=entry.author,
            pubdate=entry.published_at,
            updateddate=entry.updated_at,
            categories=entry.tags,
            source_url=entry.source_url,
        )
    return HttpResponse(atom.writeString("utf-8"), content_type=Atom.content_type)


def json_response(feed: Feed) -> HttpResponse:
    said = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page_url,
        "feed_url": feed.feed_url,
        "language": "en",
        "authors": [{"name": _("National Network for Safe Communities")}],
        "items": [item(entry) for entry in feed.entries],
    }
    return HttpResponse(
        json.dumps(said, ensure_ascii=False),
        content_type="application/feed+json; charset=utf-8",
    )


def item(entry: Entry) -> dict:
    external = {"external_url": entry.source_url} if entry.source_url else {}
    return {
        "id": entry.id,
        "url": entry.url,
        **external,
        "title": entry.title,
        "content_html": entry.html,
        "date_published": entry.published_at.isoformat(),
        "date_modified": entry.updated_at.isoformat(),
        "authors": [{"name": entry.author}],
        "tags": entry.tags,
    }
