"""Versions belong to a classifier and have roles; the current version becomes the champion."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from predictions.inference.labels import as_entries, digest, labels


def to_imagenet(apps, schema_editor):
    """All versions so far are of ImageNet's classes."""
    ModelVersion = apps.get_model('predictions', 'ModelVersion')
    if not ModelVersion.objects.exists():
        return  # prepare_model makes both rows
    classifier = apps.get_model('predictions', 'Classifier').objects.create(
        name='imagenet', title='ImageNet, 1,000 classes'
    )
    label_set = apps.get_model('predictions', 'LabelSet').objects.create(
        sha256=digest(labels()), classes=as_entries(labels())
    )
    ModelVersion.objects.update(classifier=classifier, label_set=label_set)
    ModelVersion.objects.filter(is_current=True).update(role='champion')


def to_current(apps, schema_editor):
    """The champion becomes the current version again."""
    ModelVersion = apps.get_model('predictions', 'ModelVersion')
    ModelVersion.objects.filter(role='champion', classifier__name='imagenet').update(is_current=True)


class Migration(migrations.Migration):

    dependencies = [
        ('predictions', '0008_sizes_when_upright'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Rows are written and tables altered here; deferred checks would stand in the way.
        migrations.RunSQL('SET CONSTRAINTS ALL IMMEDIATE', migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Classifier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=64, unique=True)),
                ('title', models.CharField(max_length=100)),
                ('threshold', models.FloatField(blank=True, help_text='Answers with a lower probability are not sure. Empty: UNSURE_BELOW.', null=True, validators=[django.core.validators.MinValueValidator(0.0), django.core.validators.MaxValueValidator(1.0)])),
                ('class_thresholds', models.JSONField(blank=True, default=dict, help_text='Thresholds of single classes, by their keys.')),
                ('revision', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('experiment', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='EnsembleMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weight', models.FloatField(default=1.0, validators=[django.core.validators.MinValueValidator(0.0)])),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='LabelSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True, verbose_name='SHA-256')),
                ('classes', models.JSONField(help_text='Key, name and synset (or nothing) of each output.')),
            ],
        ),
        migrations.CreateModel(
            name='RoleChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role_before', models.CharField(choices=[('champion', 'champion'), ('challenger', 'challenger'), ('shadow', 'shadow'), ('retired', 'retired')], max_length=10)),
                ('role', models.CharField(choices=[('champion', 'champion'), ('challenger', 'challenger'), ('shadow', 'shadow'), ('retired', 'retired')], max_length=10)),
                ('share_before', models.PositiveSmallIntegerField(default=0, help_text='Percent.')),
                ('share', models.PositiveSmallIntegerField(default=0, help_text='Percent.')),
                ('is_rollback', models.BooleanField(default=False)),
                ('is_undone', models.BooleanField(default=False, help_text='By a rollback.')),
                ('actor_email', models.CharField(blank=True, help_text='At that time.', max_length=254, verbose_name='who')),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.AlterModelOptions(
            name='modelversion',
            options={'ordering': ['-created_at', '-id']},
        ),
        migrations.RemoveConstraint(
            model_name='modelversion',
            name='model_version_unique',
        ),
        migrations.RemoveConstraint(
            model_name='modelversion',
            name='model_version_one_current',
        ),
        # The column stays as it is, but wider.
        migrations.AlterField(
            model_name='inference',
            name='synset',
            field=models.CharField(blank=True, db_column='synset', help_text='Of the label, among those of the version; for ImageNet its synset.', max_length=64),
        ),
        migrations.RenameField(
            model_name='inference',
            old_name='synset',
            new_name='class_key',
        ),
        migrations.AddField(
            model_name='modelversion',
            name='buckets',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name='modelversion',
            name='role',
            field=models.CharField(choices=[('champion', 'champion'), ('challenger', 'challenger'), ('shadow', 'shadow'), ('retired', 'retired')], default='retired', max_length=10),
        ),
        migrations.AlterField(
            model_name='inference',
            name='ranking',
            field=models.JSONField(blank=True, db_column='top_k', default=list, help_text='Label, key and score of the best 20; of 5 in older answers.'),
        ),
        migrations.AddField(
            model_name='modelversion',
            name='classifier',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='predictions.classifier'),
        ),
        migrations.AddField(
            model_name='ensemblemember',
            name='ensemble',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='predictions.modelversion'),
        ),
        migrations.AddField(
            model_name='ensemblemember',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ensembles', to='predictions.modelversion'),
        ),
        migrations.AddField(
            model_name='modelversion',
            name='label_set',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='predictions.labelset'),
        ),
        migrations.RunPython(to_imagenet, to_current),
        migrations.AlterField(
            model_name='modelversion',
            name='classifier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='predictions.classifier'),
        ),
        migrations.AlterField(
            model_name='modelversion',
            name='label_set',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='predictions.labelset'),
        ),
        migrations.RemoveField(
            model_name='modelversion',
            name='is_current',
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.UniqueConstraint(fields=('classifier', 'name', 'version'), name='model_version_unique'),
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.UniqueConstraint(condition=models.Q(('role', 'champion')), fields=('classifier',), name='model_version_one_champion'),
        ),
        migrations.AddField(
            model_name='rolechange',
            name='actor',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='rolechange',
            name='champion_before',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='predictions.modelversion'),
        ),
        migrations.AddField(
            model_name='rolechange',
            name='classifier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='role_changes', to='predictions.classifier'),
        ),
        migrations.AddField(
            model_name='rolechange',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='role_changes', to='predictions.modelversion'),
        ),
        migrations.AddConstraint(
            model_name='ensemblemember',
            constraint=models.UniqueConstraint(fields=('ensemble', 'version'), name='ensemble_member_unique'),
        ),
        migrations.AddIndex(
            model_name='rolechange',
            index=models.Index(fields=['classifier', '-created_at'], name='role_change_latest'),
        ),
    ]
