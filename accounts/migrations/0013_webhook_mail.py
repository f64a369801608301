from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0012_one_spelling_of_an_email"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outgoingmail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("password_reset", "Password Reset"),
                    ("sign_in_failures", "Sign In Failures"),
                    ("webhook_switched_off", "Webhook Switched Off"),
                ],
                max_length=32,
            ),
        ),
    ]
