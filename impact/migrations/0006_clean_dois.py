from django.db import migrations

from impact.dois import clean_address


def clean(apps, schema_editor):
    citations = apps.get_model("impact", "Citation").objects
    for pk, url in citations.values_list("pk", "url"):
        if clean_address(url) != url:
            citations.filter(pk=pk).update(url=clean_address(url))


class Migration(migrations.Migration):
    dependencies = [("impact", "0005_corrections")]

    operations = [migrations.RunPython(clean, migrations.RunPython.noop)]
