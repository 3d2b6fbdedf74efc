"""Whatever stands in the content, nothing of it runs, anywhere that it is shown."""

import csv
import io
import json
import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

import html5lib
import pytest
from django.core.exceptions import ValidationError
from django.db import models, transaction

import make
from every_address import addresses
from impact.models import Citation, City, Metric, Program, Rating
from news.models import Article, Source, SourceAlias
from nnsc.models import SiteText, Tag, TagAlias
from nnsc.tables import FORMULA
from principles.models import Principle
from reading import HTML

pytestmark = pytest.mark.django_db

# Begins as a formula, leaves an attribute, an element, a script, a comment, CDATA.
HOSTILE = (
    "\"'><nnsc-x onpwn=1>pwn</script></style></title></textarea>-->"
    "<svg onpwn=1>]]>&lt;b&gt;{{7}}{%x%}\u2028\\u003cnnsc-x>"
)
MODELS = [Article, Source, SourceAlias, Tag, TagAlias, City, Program]
MODELS += [Metric, Citation, Rating, Principle, SiteText]
LINKS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript://npr.org/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://npr.org/x",
    "//npr.org/x",
    "/admin/logout/",
    "https:npr.org",
    "https://npr.org/a b",
    "https://npr.org/\r\nSet-Cookie:x",
]
# The admin's icon.
EMPTY = "data:,"
NUMBER = re.compile(r"-?[0-9.]+")
LINK_FIELDS = [
    (Article, "source_url"),
    (Source, "home_page"),
    (Citation, "url"),
    (Rating, "url"),
]


def hostile(record) -> str:
    """Return a text that nothing else has."""
    return f"={record.pk}{HOSTILE}"


def spoil(record):
    """Write hostile text into every text of the record, past its forms."""
    for field in record._meta.concrete_fields:
        is_text = isinstance(field, models.TextField | models.CharField)
        is_ours = field.choices or field.name in ("key", "slug", "source_key")
        is_link = isinstance(field, models.URLField | models.FileField)
        if is_text and not is_ours and not is_link:
            # What is folded of a name may be longer than the name.
            length = 100 if field.name == "name" else field.max_length
            setattr(record, field.name, hostile(record)[:length])
    # What readers know of a figure is not changed without a word to them.
    record.correction_note = hostile(record)
    record.save()


@pytest.fixture
def spoiled():
    """Make one of everything, and spoil it."""
    city = make.city(name="Boston")
    tag = make.tag("Trust")
    tag.aliases.create(name="Faith")
    source = make.source()
    source.aliases.create(name="The Gazette")
    program = make.program(cities=[city], tag=tag)
    image = {"image": make.upload(size=(20, 20)), "image_alt": "x"}
    for url in ("", "https://npr.org/x?a='\"><nnsc-x>"):
        make.article(source=source, source_url=url, cities=[city], tags=[tag])
    make.article(source=source, cities=[city], tags=[tag], **image)
    metric = make.metric(city=city, program=program)
    make.rating(metric)
    make.metric_under_review(city=city)
    make.principle(image=make.upload(size=(20, 20)), image_alt="x")
    for model in MODELS:
        records = list(model._default_manager.all())
        assert records, model
        for record in records:
            spoil(record)


def dangers(tree):
    """Yield what a browser would make of hostile content."""
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if "nnsc-x" in element.tag.lower():
            yield f"an element {element.tag}"
        for name, value in element.attrib.items():
            if str(name).lower().startswith("on"):
                yield f"{element.tag} {name}={value}"
            is_link = name in ("href", "src", "action", "formaction", "cite")
            if is_link and urlsplit(value.strip()).scheme not in (
                *("", "http", "https", "mailto", "data"),
            ):
                yield f"{element.tag} {name}={value}"
        if (
            element.get("href", "").startswith("data:")
            and element.get("href") != "data:,"
        ):
            yield f"data: in {element.tag}"


def dangers_of(address, answer):
    body = b"".join(answer) if answer.streaming else answer.content
    kind = answer["Content-Type"].partition(";")[0]
    if kind == "text/html":
        tree = html5lib.parse(body.decode())
        yield from dangers(tree)
        for script in tree.iter(f"{HTML}script"):
            if script.get("type") == "application/ld+json":
                assert "</" not in script.text, address
                json.loads(script.text)
            elif script.get("type") != "application/json" and not script.get("src"):
                yield f"an inline script: {script.text}"
        if address.startswith("/admin/"):
            return
        if [element for element in tree.iter() if element.get("style")]:
            yield "an inline style"
    elif kind.endswith("xml"):
        root = ElementTree.fromstring(body)  # noqa: S314 it is ours
        for element in root.iter():
            if "nnsc-x" in element.tag:
                yield f"an element {element.tag}"
            if element.get("type") == "html" or element.tag.endswith("summary"):
                yield from dangers(html5lib.parse(element.text or ""))
    elif kind == "text/csv":
        for row in csv.reader(io.StringIO(body.decode("utf-8-sig"))):
            for cell in row:
                if (
                    FORMULA.match(cell)
                    and not cell.lstrip("-").replace(".", "").isdecimal()
                ):
                    yield f"a formula: {cell}"
    elif kind.endswith("json"):
        said = json.loads(body)
        for item in said.get("items", []) if isinstance(said, dict) else []:
            yield from dangers(html5lib.parse(item.get("content_html", "")))


@pytest.mark.parametrize("is_admin", [False, True])
def test_nothing_that_is_shown_runs(spoiled, client, is_admin):
    if is_admin:
        client.force_login(make.superuser())
    found = [a for a in addresses() if a.startswith("/admin/") == is_admin]
    found += [f"/search/?q={word}" for word in ("nnsc-x", "pwn", "<nnsc-x onpwn=1>")]
    found += ["/news/?q=%3Cnnsc-x%20onpwn=1%3E", "/news/?city=%3Cnnsc-x%3E"]
    found += ["/news/feed.json", "/cities/", "/api/v1/openapi.json"]
    wrong, n_shown = [], 0
    for address in found:
        answer = client.get(address)
        if answer.status_code in (200, 404):
            wrong += [f"{address}: {danger}" for danger in dangers_of(address, answer)]
            n_shown += b"nnsc-x" in getattr(answer, "content", b"")

    assert wrong == []
    assert n_shown > 20


@pytest.mark.parametrize("link", LINKS)
def test_a_link_that_could_run_is_never_stored(link):
    article, source = make.article(), make.source()
    records = [article, source, make.citation(), make.rating(make.metric())]
    for record, (model, name) in zip(records, LINK_FIELDS, strict=True):
        setattr(record, name, link)
        with pytest.raises(ValidationError, match="address of a page"):
            record.full_clean()
        with pytest.raises(ValidationError), transaction.atomic():
            record.save()
        with pytest.raises(ValidationError), transaction.atomic():
            model.objects.filter(pk=record.pk).update(**{name: link})


@pytest.mark.parametrize("link", LINKS)
def test_a_form_says_what_a_link_is(client, link):
    client.force_login(make.superuser())

    page = client.post("/admin/news/source/add/", {"name": "NPR", "home_page": link})
    assert page.status_code in (200, 302)
    # Blanks around it are nobody's wish; all else that is odd is refused.
    kept = Source.objects.values_list("home_page", flat=True).first() or ""
    assert urlsplit(kept).scheme in ("", "https")
    assert not kept.startswith(("//", "/"))


@pytest.mark.parametrize(
    "link", ["https://npr.org/x", "HTTP://NPR.ORG/%E2%80%9C?a=b#c"]
)
def test_a_link_to_a_page_is_stored(link):
    source = make.source(home_page=link)
    source.full_clean()

    assert Source.objects.get(pk=source.pk).home_page == link
