"""Two people at one record in the admin: what they open, type and find stored."""

from datetime import date

import make
from nnsc.history import snapshot
from nnsc.publishing import State
from reading import messages_of, untouched
from sending import Browser


def signed_in(user):
    browser = Browser()
    browser.force_login(user)
    return browser


def change(record):
    opts = record._meta
    return f"/admin/{opts.app_label}/{opts.model_name}/{record.pk}/change/"


def opened(browser, record):
    """Return what the form would send if it was left as it is."""
    return untouched(browser.get(change(record)))


def save(browser, record, form, **typed):
    return browser.post(change(record), form | typed)


def saved(browser, record, form, **typed):
    """Send the form; return what is said on the page that follows."""
    response = browser.post(change(record), form | typed, follow=True)
    assert response.redirect_chain, response.context["errors"]
    return messages_of(response)


def as_sent(response):
    """Return what a browser sends of the form that came back."""
    return untouched(response)


def stored(record):
    return snapshot(type(record).objects.get(pk=record.pk))


def draft(**fields):
    defaults = {
        "title": "Shootings fell",
        "quote": "One line.\n\nAnother line.",
        "summary": "As it was.",
        "byline": "Jane Doe",
        "source_url": "https://npr.org/a",
        "state": State.DRAFT,
        "dated": date(2016, 1, 1),
    }
    return make.article(**defaults | fields)
