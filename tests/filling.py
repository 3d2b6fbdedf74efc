"""The form of an article in the admin, filled in as a browser sends it."""

ADD = "/admin/news/article/add/"
LIST = "/admin/news/article/"


def typed(**fields):
    """Return what the browser sends of a form filled in as far as it must be."""
    return {"title": "A title", "kind": "news", "state": "draft"} | fields


def change(article):
    return f"/admin/news/article/{article.pk}/change/"


def retyped(article, **fields):
    """Return what the browser sends of the form of an article that is there."""
    return typed(
        title=article.title,
        source=article.source_id or "",
        date=article.date_text(),
        state=article.state,
        cities=[city.pk for city in article.cities.all()],
        tags=[tag.pk for tag in article.tags.all()],
        **fields,
    )
