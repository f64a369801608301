import django.contrib.postgres.fields
from django.db import migrations, models

import accounts.scopes


class Migration(migrations.Migration):
    dependencies = [("accounts", "0018_quotas")]

    operations = [
        migrations.AlterField(
            model_name="apitoken",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("predict", "Send pictures, get their answers, delete them"),
                        ("read", "Read the history, feedback and the account"),
                        ("feedback", "Give feedback"),
                        ("teach", "Teach classifiers"),
                        ("data-sets", "Export and import data sets"),
                    ],
                    max_length=16,
                ),
                default=accounts.scopes.usual_scopes,
                size=None,
            ),
        ),
    ]
