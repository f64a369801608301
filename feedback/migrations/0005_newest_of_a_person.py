"""A person's newest feedback is found by one index, in place of the one that had the person alone."""

import django.db.models.deletion
from django.conf import settings
from django.core.management.base import CommandError
from django.db import migrations, models

from feedback.partitions.indexes import drop_index, make_index
from feedback.partitions.patience import Busy

BEFORE, AFTER = 'feedback_feedback_user_id_f7dd5014', 'feedback_of_a_person'


def forwards(apps, schema_editor):
    replace(schema_editor, BEFORE, AFTER, 'user_id, id')


def backwards(apps, schema_editor):
    replace(schema_editor, AFTER, BEFORE, 'user_id')


def replace(schema_editor, before, after, columns):
    try:
        with schema_editor.connection.cursor() as cursor:
            make_index(cursor, after, columns)
        drop_index(before)
    except Busy as error:
        raise CommandError(str(error)) from error


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
