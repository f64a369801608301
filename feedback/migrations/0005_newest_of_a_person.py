"""A person's newest feedback is found by one index, in place of the one that had the person alone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from feedback.partitions.indexes import drop_index, make_index

BEFORE, AFTER = 'feedback_feedback_user_id_f7dd5014', 'feedback_of_a_person'


def forwards(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        make_index(cursor, AFTER, 'user_id, id')
    drop_index(BEFORE)


def backwards(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        make_index(cursor, BEFORE, 'user_id')
    drop_index(AFTER)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('feedback', '0004_noticed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(forwards, backwards)],
            state_operations=[
                migrations.AlterField(
                    model_name='feedback',
                    name='user',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AddIndex(
                    model_name='feedback',
                    index=models.Index(fields=['user', 'id'], name='feedback_of_a_person'),
                ),
            ],
        ),
    ]
