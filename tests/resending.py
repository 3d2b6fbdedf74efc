"""A record’s pages in the admin, and its form sent back as it was opened."""

from reading import main, untouched


def address(record, *ways):
    opts = record._meta
    ways = "/".join(map(str, ways))
    return f"/admin/{opts.app_label}/{opts.model_name}/{record.pk}/{ways}/"


def history(record):
    return address(record, "history")


def change(record, version=None):
    return address(record, "change") + (f"?version={version}" if version else "")


def resend(client, page, **typed):
    """Send the form at page as it was opened, but for what is typed."""
    response = client.post(page, untouched(client.get(page)) | typed)
    assert response.status_code == 302, response.context["errors"]
    return response


def text_of(response):
    assert response.status_code == 200
    return main(response)
