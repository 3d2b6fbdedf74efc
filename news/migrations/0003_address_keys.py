from django.db import migrations

from news.addresses import address_key


def make_keys_anew(apps, schema_editor):
    """Tell more addresses of one story to be the same, from here on.

    Where that makes twins of two articles, the second keeps its key: they are for
    staff to look at.
    """
    articles = apps.get_model("news", "Article").objects.using(
        schema_editor.connection.alias
    )
    with_address = articles.exclude(source_url="").only("source_url", "source_key")
    for article in with_address.order_by("pk").iterator():
        key = address_key(article.source_url)
        if key != article.source_key and not articles.filter(source_key=key).exists():
            articles.filter(pk=article.pk).update(source_key=key)


class Migration(migrations.Migration):
    dependencies = [("news", "0002_article_shown_last")]
    operations = [migrations.RunPython(make_keys_anew, migrations.RunPython.noop)]
