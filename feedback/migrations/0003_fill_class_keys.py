"""Feedback from before gets the classifier it is about, and the key of the class it names."""

from django.db import migrations
from django.db.models import F

from predictions.inference.labels import Label, by_text, digest, labels

ROWS = 5000  # in one statement

FILL = """
    UPDATE feedback_feedback AS feedback
    SET classifier_id = said.classifier, class_key = said.key
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS said (id, classifier, key)
    WHERE feedback.id = said.id AND feedback.id = ANY(%s)
"""


def fill(apps, schema_editor):
    """A batch is a transaction of its own; after a failure it can be run again.

    Feedback whose picture is deleted is of ImageNet if that has its class: until now there was no
    other classifier.
    """
    Classifier = apps.get_model('predictions', 'Classifier')
    imagenet = Classifier.objects.filter(name='imagenet').values_list('pk', flat=True).first()
    if imagenet is None:
        return  # nothing was ever prepared, nor answered
    classes = {
        pk: by_text([Label(index, *entry) for index, entry in enumerate(entries)])
        for pk, entries in apps.get_model('predictions', 'LabelSet').objects.values_list('pk', 'classes')
    }
    of_imagenet = by_text(labels())
    names = {label.name for label in labels()}

    def said_of(row):
        """The classifier, and the key of the class that is said instead."""
        classifier, known, answer = row['classifier_pk'], classes.get(row['label_set']), row['answer']
        if classifier is None and row['predicted_class'] in names:
            classifier, known = imagenet, of_imagenet
            answer = getattr(of_imagenet.get(row['predicted_class']), 'key', '')
        found = known.get(row['label']) if known and not row['correct'] else None
        return classifier, found.key if found and found.key != answer else ''

    version = 'prediction__inference__model_version'
    rows = apps.get_model('feedback', 'Feedback').objects.order_by('pk').values(
        'pk', 'label', 'correct', 'predicted_class',
        classifier_pk=F(f'{version}__classifier'),
        label_set=F(f'{version}__label_set'),
        answer=F('prediction__inference__class_key'),
    )
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:ROWS]):
        last = batch[-1]['pk']
        ids = [row['pk'] for row in batch]
        classifiers, keys = zip(*map(said_of, batch), strict=True)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(FILL, [ids, list(classifiers), list(keys), ids])


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('feedback', '0002_class_key'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
