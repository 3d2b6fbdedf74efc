"""An image and its words, when two people are at one record."""

import pytest

import make
from meanwhile import as_sent, change, draft, opened, save, saved
from reading import errors_of, untouched

pytestmark = pytest.mark.django_db


def with_image(**fields):
    fields = {"image": make.upload(size=(300, 200)), "image_alt": "A street."} | fields
    return draft(**fields)


def test_an_image_that_another_replaced_stays_replaced(a, b):
    article = with_image()
    form_b = opened(b, article)
    saved(a, article, opened(a, article), image=make.upload(size=(400, 300)))

    saved(b, article, form_b, title="B’s")

    article.refresh_from_db()
    assert (article.image_width, article.title) == (400, "B’s")


def test_an_image_that_another_removed_stays_removed(a, b):
    article = with_image()
    form_b = opened(b, article)
    saved(a, article, opened(a, article), **{"image-clear": "on"})

    saved(b, article, form_b, title="B’s")

    article.refresh_from_db()
    assert not article.image


@pytest.mark.parametrize(
    "by_a", [{"image-clear": "on"}, {"image": "new"}, {"image_alt": "A’s words."}]
)
@pytest.mark.parametrize(
    "by_b", [{"image-clear": "on"}, {"image": "new"}, {"image_alt": "B’s words."}]
)
@pytest.mark.parametrize("answer", ["mine", "theirs"])
def test_an_image_and_its_words_are_one_thing(a, b, by_a, by_b, answer):
    article = with_image()
    form_a, form_b = opened(a, article), opened(b, article)
    sizes = {"a": (400, 300), "b": (500, 300)}

    def typed(way, who):
        new = {"image": make.upload(size=sizes[who])} if "image" in way else {}
        return way | new

    saved(a, article, form_a, **typed(by_a, "a"))
    response = save(b, article, form_b, **typed(by_b, "b"))
    if by_a == by_b == {"image-clear": "on"}:
        assert response.status_code == 302
        return
    assert list(errors_of(response)) == ["image"]
    form = as_sent(response)
    if "image" in by_b:
        assert "image-kept" in form
    # What is ticked is ticked again by the person.
    form |= {"image-clear": "on"} if "image-clear" in by_b else {}
    saved(b, article, form, **{"_keep-image": answer})

    article.refresh_from_db()
    way, who = (by_a, "a") if answer == "theirs" else (by_b, "b")
    if "image" in way:
        assert article.image_width == sizes[who][0]
    elif "image-clear" in way:
        assert not article.image
    if answer == "theirs" and "image_alt" in by_a:
        assert (article.image_width, article.image_alt) == (300, "A’s words.")


def test_an_image_is_restored_onto_what_the_record_is_by_then(a, b):
    article = with_image()
    saved(a, article, opened(a, article), image=make.upload(size=(400, 300)))
    page = change(article) + "?version=1"
    form = untouched(b.get(page))
    saved(a, article, opened(a, article), image=make.upload(size=(500, 300)))

    response = b.post(page, form)
    assert list(errors_of(response)) == ["image"]
    article.refresh_from_db()
    assert article.image_width == 500
    form = as_sent(response)
    b.post(page, form | {"_keep-image": "theirs"})

    article.refresh_from_db()
    assert article.image_width == 500
