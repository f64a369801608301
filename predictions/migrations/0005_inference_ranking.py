from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("predictions", "0004_manage_queues"),
    ]

    operations = [
        # The column keeps its name.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("inference", "top_k", "ranking"),
                migrations.AlterField(
                    model_name="inference",
                    name="ranking",
                    field=models.JSONField(
                        blank=True,
                        db_column="top_k",
                        default=list,
                        help_text="Label, synset and score of the best 20; of 5 in older answers.",
                    ),
                ),
            ],
        ),
    ]
