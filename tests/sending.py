"""Forms sent as a browser sends them: with what the page held when it was opened."""

from django.apps import apps
from django.test import Client
from django.urls import Resolver404, resolve

from nnsc.history import has_history, key_of, snapshot
from nnsc.staff.carrying import BASE, signed_base
from reading import hidden

ARTICLES = "/admin/news/article/"


class Browser(Client):
    """A client that opens a form in the admin just before it sends it.

    A test that says itself from when its form is sends the base along.
    """

    def post(self, path, data=None, *args, **kwargs):
        if data is None or isinstance(data, dict):
            base = base_of_form(path)
            data = ({BASE: base} if base else {}) | (data or {})
        return super().post(path, data, *args, **kwargs)


def base_of_form(path: str) -> str:
    """Return the base of the record's form at an address, as it is opened now."""
    try:
        match = resolve(path.partition("?")[0])
    except Resolver404:
        return ""
    names = (match.url_name or "").split("_")
    key = match.kwargs.get("object_id", "")
    if len(names) != 3 or names[-1] != "change" or not key.isdecimal():
        return ""
    model = apps.get_model(*names[:2])
    record = has_history(model) and model._base_manager.filter(pk=key).first()
    return base_of(record) if record else ""


def base_of(record) -> str:
    return signed_base(key_of(record), snapshot(record))


# Actions on many records of a list


def in_bulk(client, address: str, action: str, keys, **more):
    """Do an action to records of the list at an address, as its preview shows it."""
    chosen = {"action": action, "_selected_action": keys} | more
    preview = client.post(address, chosen)
    return client.post(f"{address}bulk/", {"signed": hidden(preview, "signed")})


def see(client, action, *articles, address=ARTICLES, **more):
    """Choose an action, which shows what it would do and does nothing yet."""
    keys = [article.pk for article in articles]
    fields = {"action": action, "_selected_action": keys} | more
    return client.post(address, fields, follow=True)


def confirm(client, preview, address=f"{ARTICLES}bulk/"):
    """Do what a page has shown."""
    fields = {"signed": hidden(preview, "signed")}
    return client.post(address, fields, follow=True)


def act(client, action, *articles, **more):
    return confirm(client, see(client, action, *articles, **more))


def pointed(client, action, *articles, chosen):
    """Do an action that asks for a record, such as a tag, with the key of one."""
    return act(client, action, *articles, choosing=1, chosen=chosen)
