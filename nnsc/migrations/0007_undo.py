import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("nnsc", "0006_preview_link"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="tag",
            options={
                "ordering": ["name"],
                "permissions": [("merge_tag", "Can merge tags")],
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
            },
        ),
        migrations.CreateModel(
            name="Journal",
            fields=[
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="journal",
                        serialize=False,
                        to="nnsc.revision",
                    ),
                ),
                ("permission", models.CharField(max_length=150)),
                (
                    "undone_by",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="undoes",
                        to="nnsc.revision",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MergedRecord",
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
                ("label", models.CharField(max_length=100)),
                ("record", models.BigIntegerField()),
                ("into", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["label", "into"], name="nnsc_mergedrecord_into"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("label", "record"), name="nnsc_mergedrecord_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="JournalPage",
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
                ("number", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                (
                    "journal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pages",
                        to="nnsc.journal",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("journal", "number"),
                        name="nnsc_journalpage_numbered_once",
                    )
                ],
            },
        ),
    ]
