import importlib

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

import make
from news.addresses import MAX_KEY_LENGTH, address_key
from news.models import Article

STORY = "https://www.npr.org/2016/01/25/463875598/teens-and-veterans"


@pytest.mark.parametrize(
    "address",
    [
        "http://www.npr.org/2016/01/25/463875598/teens-and-veterans",
        "https://npr.org/2016/01/25/463875598/teens-and-veterans",
        "https://m.npr.org/2016/01/25/463875598/teens-and-veterans",
        "https://mobile.npr.org/2016/01/25/463875598/teens-and-veterans",
        "https://amp.npr.org/2016/01/25/463875598/teens-and-veterans",
        "https://WWW.NPR.ORG/2016/01/25/463875598/teens-and-veterans",
        "https://www.npr.org:443/2016/01/25/463875598/teens-and-veterans",
        "http://www.npr.org:80/2016/01/25/463875598/teens-and-veterans",
        "https://www.npr.org./2016/01/25/463875598/teens-and-veterans",
        f"{STORY}/",
        f"{STORY}//",
        "https://www.npr.org//2016/01/25/463875598/teens-and-veterans",
        f"{STORY}/amp",
        f"{STORY}/amp/",
        f"{STORY}.amp",
        f"{STORY}#comments",
        f"{STORY}?utm_source=x&utm_medium=y&utm_campaign=z",
        f"{STORY}?UTM_Source=x",
        f"{STORY}?fbclid=abc",
        f"{STORY}?gclid=abc",
        f"{STORY}?mc_cid=abc&mc_eid=def",
        f"{STORY}?amp=1",
        f"{STORY}?",
        f"  {STORY}\n",
        "HTTPS://www.npr.org/2016/01/25/463875598/teens-and-veterans",
        "https://reader:secret@www.npr.org/2016/01/25/463875598/teens-and-veterans",
        "https://www.npr.org/2016/./01/02/../25/463875598/teens-and-veterans",
        "https://www.npr.org/2016/01/25/463875598/teens%2Dand%2dveterans",
        f"{STORY}/index.html",
        f"{STORY}/index.php",
        f"{STORY}/Default.aspx",
        f"{STORY}.amp.html",
        f"{STORY}?outputType=amp",
        f"{STORY}?output=amp",
        f"{STORY}?amp",
        f"{STORY}?utm_source=x#comments",
        f"{STORY}?mtm_campaign=x",
        f"{STORY}?pk_campaign=x&pk_kwd=y",
        f"{STORY}?_hsenc=x&_hsmi=y",
        f"{STORY}?at_medium=x&at_campaign=y",
        f"{STORY}?mkt_tok=x",
        f"{STORY}?igshid=x&igsh=y",
        f"{STORY}?CMP=share_btn_tw",
        f"{STORY}?ocid=socialflow",
        f"{STORY}?partner=rss&emc=rss",
        f"{STORY}?share=twitter",
        f"{STORY}?srsltid=x&gclsrc=y&gbraid=z",
        f"{STORY}?ttclid=x&twclid=y&li_fat_id=z&msclkid=1&yclid=2&dclid=3&wbraid=4",
        "https://www.google.com/amp/s/www.npr.org/2016/01/25/463875598"
        "/teens-and-veterans",
        "https://www-npr-org.cdn.ampproject.org/c/s/www.npr.org/2016/01/25/463875598"
        "/teens-and-veterans",
    ],
)
def test_the_same_story_has_one_key(address):
    assert address_key(address) == address_key(STORY)


@pytest.mark.parametrize(
    "address",
    [
        "https://www.npr.org/2016/01/25/463875599/teens-and-veterans",
        "https://www.npr.org/2016/01/25/463875598/Teens-And-Veterans",
        "https://news.npr.org/2016/01/25/463875598/teens-and-veterans",
        "https://www.npr.com/2016/01/25/463875598/teens-and-veterans",
        f"{STORY}?id=5",
        f"{STORY}?page=2&utm_source=x",
        "https://www.npr.org:8080/2016/01/25/463875598/teens-and-veterans",
        "https://www.npr.org/",
        "https://www.npr.org/2016/01/25/463875598",
        "https://www.npr.org/2016/01/25%2F463875598/teens-and-veterans",
        f"{STORY}?output=print",
        f"{STORY}?partner=bbc",
        f"{STORY}?share=1",
        f"{STORY}?amplify=1",
        f"{STORY}?Id=",
        f"{STORY}#!/photo/2",
        f"{STORY}.html",
        f"{STORY}-amp",
        "https://www.google.com/search?q=npr.org/2016/01/25/463875598",
    ],
)
def test_another_story_has_another_key(address):
    assert address_key(address) != address_key(STORY)


@pytest.mark.parametrize(
    "one,other",
    [
        ("https://x.org/a?b=1&a=2", "https://x.org/a?a=2&b=1"),
        ("https://x.org/a?b=2&utm_id=1&b=1", "https://x.org/a?b=1&b=2"),
        ("https://x.org/a?b=1+2", "https://x.org/a?b=1%202"),
        ("https://x.org/caf%C3%A9", "https://x.org/caf%c3%a9/"),
        ("https://x.org/café", "https://x.org/caf%C3%A9"),
        ("https://x.org/~a", "https://x.org/%7Ea"),
        ("https://x.org/a b", "https://x.org/a%20b"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://BÜCHER.example/a", "http://www.bücher.example/a"),
        ("https://x.org", "https://x.org/"),
        ("https://x.org/%ff", "https://x.org/%FF"),
        ("http://x.org:80/a", "https://x.org:443/a"),
        ("https://x.org/#!/a", "http://www.x.org/#!/a"),
    ],
)
def test_however_it_is_written_it_is_one_story(one, other):
    assert address_key(one) == address_key(other)


def test_a_host_that_is_all_prefix_keeps_its_name():
    assert address_key("https://m.org/a") == "m.org/a"


def test_a_key_fits_however_long_the_address():
    long = f"https://x.org/{'a' * 3000}"

    assert len(address_key(long)) == MAX_KEY_LENGTH
    assert address_key(long) != address_key(long + "b")


@pytest.mark.parametrize("odd", ["", "http://", "https://[::1]:99999/a", "nonsense"])
def test_an_odd_address_has_a_key_too(odd):
    assert isinstance(address_key(odd), str)


@pytest.mark.django_db
def test_an_editor_is_told_which_article_is_at_the_address_already():
    make.article(
        title="Teens and veterans", source=make.source(name="NPR"), source_url=STORY
    )

    with pytest.raises(ValidationError) as error:
        Article(title="Again", source_url=f"{STORY}?utm_source=x").full_clean()

    (message,) = error.value.message_dict["source_url"]
    assert message == "You already have this: “Teens and veterans”, NPR, January 2016."


@pytest.mark.django_db
def test_the_database_refuses_one_address_twice():
    make.article(source_url=STORY)

    with pytest.raises(IntegrityError):
        make.article(source_url=f"{STORY}/?fbclid=x")


@pytest.mark.django_db
def test_many_articles_have_no_address():
    make.article(source_url="")
    make.article(source_url="")

    assert Article.objects.filter(source_key=None).count() == 2


@pytest.mark.django_db
def test_articles_of_before_are_found_by_the_address_as_it_is_understood_now():
    article = make.article(source_url=STORY)
    twin = make.article(source_url=f"{STORY}?old=1")
    Article.objects.filter(pk=article.pk).update(source_key="npr.org/old")
    Article.objects.filter(pk=twin.pk).update(
        source_key="npr.org/twin", source_url=f"{STORY}?gclid=1"
    )
    migration = importlib.import_module("news.migrations.0003_address_keys")

    migration.make_keys_anew(apps, connection.schema_editor())

    article.refresh_from_db()
    twin.refresh_from_db()
    assert article.source_key == address_key(STORY)
    assert twin.source_key == "npr.org/twin"
