from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("learning", "0003_sentences")]

    operations = [
        migrations.AlterField(
            model_name="training",
            name="deeper",
            field=models.BooleanField(default=False, help_text="It learns on a larger network."),
        )
    ]
