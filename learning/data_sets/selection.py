"""Which pictures a data set has."""

from datetime import UTC, datetime, time

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from learning.data_sets.models import DataSetExport, ImportedPicture
from predictions import consent
from predictions.classifiers import Classifier
from predictions.models import Image, Inference
from predictions.registry.vocabularies import vocabulary_of
from review.models import Decision, DecisionQuerySet

NO_CLASS = gettext_noop("No class has this name.")
BACKWARDS = gettext_noop("This is before the first day.")


def verified(classifier: Classifier) -> DecisionQuerySet:
    """The verified labels of pictures that are still here.

    A picture in the trash does not count, unless somebody else has sent it as well.
    """
    found: DecisionQuerySet = Decision.objects.verified().filter(classifier=classifier)
    return found.filter(Exists(pictures().filter(consent.sent() | was_imported())))


def usable(decisions: DecisionQuerySet) -> DecisionQuerySet:
    """Without those of pictures that somebody has sent without agreeing."""
    return decisions.filter(~Exists(pictures().filter(consent.withheld())))


def key_of_class(classifier: Classifier, text: str, language: str) -> str | None:
    """Of the class that a key or a name means, among those of the newest version."""
    newest = classifier.versions.order_by("-pk").first()
    if newest is None:
        return None
    vocabulary = vocabulary_of(newest.label_set_id)
    found = vocabulary.recognise(text, language) or vocabulary.choice(text, language)
    return found.key if found else None


def pictures() -> QuerySet[Image]:
    return Image.objects.filter(pk=OuterRef("image"))


def was_imported() -> Q:
    return Q(
        Exists(ImportedPicture.objects.filter(image=OuterRef("pk"), data_set__deleted_at=None))
    )


def asked_for(export: DataSetExport) -> DecisionQuerySet:
    """By the filters of an export."""
    found = verified(export.classifier)
    if export.version is not None:
        answers = Inference.objects.filter(
            image=OuterRef("image"),
            model_version=export.version,
            status=Inference.Status.DONE,
        )
        found = found.filter(Exists(answers))
    if export.class_key:
        found = found.filter(class_key=export.class_key)
    if export.since:
        found = found.filter(decided_at__gte=datetime.combine(export.since, time.min, UTC))
    if export.until:
        found = found.filter(decided_at__lte=datetime.combine(export.until, time.max, UTC))
    return found.of_sample() if export.only_sample else found
