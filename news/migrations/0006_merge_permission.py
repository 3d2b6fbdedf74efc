from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("news", "0005_lists_of_staff"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="source",
            options={
                "ordering": ["name"],
                "permissions": [("merge_source", "Can merge sources")],
                "verbose_name": "source",
                "verbose_name_plural": "sources",
            },
        ),
    ]
