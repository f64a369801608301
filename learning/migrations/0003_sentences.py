from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("learning", "0002_packages")]

    operations = [
        migrations.AddField(
            model_name=name,
            name="sentences",
            field=models.JSONField(default=dict),
        )
        for name in ("archive", "package", "training")
    ]
