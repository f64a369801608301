from django.db import migrations, models
import django.db.models.deletion


def make_table(apps, schema_editor):
    """Only where the database has pgvector; `manage.py similar_backfill` makes it later."""
    from predictions.similar import table

    try:
        table.make()
    except table.NotSupported as error:
        print(f"\n  Similar pictures stay switched off, without pgvector: {error}", end="")


def drop_table(apps, schema_editor):
    schema_editor.execute("DROP TABLE IF EXISTS similar_vector")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('predictions', '0011_people_own_classifiers'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make_table, drop_table)],
            state_operations=[
                migrations.CreateModel(
                    name='Vector',
                    fields=[
                        ('pk', models.CompositePrimaryKey('image', 'network', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('image', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='predictions.image')),
                        ('network', models.CharField(help_text='As Network is written.', max_length=200)),
                        ('is_indexed', models.BooleanField(db_default=False, help_text='On the side of the table that the HNSW index covers.')),
                    ],
                    options={
                        'default_permissions': (),
                    },
                ),
            ],
        ),
    ]
