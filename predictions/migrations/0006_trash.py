from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('predictions', '0005_inference_ranking'),
    ]

    operations = [
        migrations.AddField(
            model_name='prediction',
            name='deleted_at',
            field=models.DateTimeField(blank=True, help_text='In the trash since then.', null=True, verbose_name='deleted'),
        ),
        migrations.RemoveIndex(
            model_name='prediction',
            name='prediction_history',
        ),
        migrations.AddIndex(
            model_name='prediction',
            index=models.Index(fields=['user', '-created_at', '-id'], include=['deleted_at'], name='prediction_history'),
        ),
        migrations.AddIndex(
            model_name='prediction',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['deleted_at'], name='prediction_trash'),
        ),
    ]
