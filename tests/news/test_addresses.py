import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

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
    ],
)
def test_another_story_has_another_key(address):
    assert address_key(address) != address_key(STORY)


def test_parameters_in_another_order_are_the_same_story():
    assert address_key("https://x.org/a?b=1&a=2") == address_key(
        "https://x.org/a?a=2&b=1"
    )


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
