import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('predictions', '0006_trash'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='inference',
            index=models.Index(django.db.models.functions.comparison.Coalesce('score', -1.0), name='inference_certainty'),
        ),
        migrations.AddIndex(
            model_name='prediction',
            index=models.Index(models.F('user'), django.db.models.functions.text.Lower('file_name'), models.F('id'), name='prediction_by_name'),
        ),
    ]
