from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_token_scopes'),
    ]

    operations = [
        migrations.AddField(
            model_name='apitoken',
            name='second_factor',
            field=models.BooleanField(db_default=False, help_text="Without, it has none of its owner's rights as staff where these need one.", verbose_name='made with a second factor'),
        ),
    ]
