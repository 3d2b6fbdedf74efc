import django.db.models.deletion
from django.db import migrations, models

import nnsc.naming


class Migration(migrations.Migration):
    dependencies = [
        ("impact", "0002_added_by"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProgramAlias",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "name",
                    models.CharField(max_length=120, verbose_name="also known as"),
                ),
                (
                    "key",
                    nnsc.naming.FoldedField(
                        editable=False, max_length=400, unique=True
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="impact.program",
                    ),
                ),
            ],
            options={
                "verbose_name": "other name",
                "verbose_name_plural": "other names",
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CityAlias",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "name",
                    models.CharField(max_length=120, verbose_name="also known as"),
                ),
                ("key", nnsc.naming.FoldedField(editable=False, max_length=400)),
                (
                    "city",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="impact.city",
                    ),
                ),
            ],
            options={
                "verbose_name": "other name",
                "verbose_name_plural": "other names",
                "ordering": ["name"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("city", "key"), name="impact_city_alias_once"
                    )
                ],
            },
        ),
    ]
