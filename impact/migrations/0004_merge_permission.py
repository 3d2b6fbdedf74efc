from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("impact", "0003_other_names"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="city",
            options={
                "ordering": ["name", "state"],
                "permissions": [("merge_city", "Can merge cities")],
                "verbose_name": "city",
                "verbose_name_plural": "cities",
            },
        ),
        migrations.AlterModelOptions(
            name="program",
            options={
                "ordering": ["name"],
                "permissions": [("merge_program", "Can merge programs")],
                "verbose_name": "program",
                "verbose_name_plural": "programs",
            },
        ),
    ]
