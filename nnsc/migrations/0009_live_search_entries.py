from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("nnsc", "0008_generation_token"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="searchentry",
            index=models.Index(
                fields=["id", "goes_live_at"], name="nnsc_searchentry_live"
            ),
        ),
    ]
