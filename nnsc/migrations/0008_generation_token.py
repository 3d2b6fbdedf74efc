from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("nnsc", "0007_undo"),
    ]

    operations = [
        migrations.AddField(
            model_name="generation",
            name="token",
            field=models.CharField(default="", max_length=16),
        ),
    ]
