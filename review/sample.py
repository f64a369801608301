"""The random sample of each week: the answers whose ids are the lowest of all.

Ids are random (UUID 4) and have nothing to do with the pictures, so that the lowest ones are a
uniform sample without replacement, at any moment of a week and however many answers it has. As
more come, some leave it for lower ones.
"""

from datetime import UTC, date, datetime, time, timedelta
from heapq import nsmallest
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from predictions.classifiers import Classifier, ModelVersion
from predictions.models import Inference, Prediction
from review.models import Decision, Entry, SampledPrediction, monday_of

SIZE = 200  # of a week; its 95 % interval is 11 points wide where 80 % are right
WEEKS = 4  # for which pictures are drawn: this one and those before
# A week with more answers is read by the lowest ids alone, of which a 32nd of all are below the
# cut, and not in full.
MANY = 10_000
CUT = UUID(int=2**128 // 32)


def renew(classifier: Classifier) -> None:
    """Draws what has come since, and puts it before reviewers. In a transaction."""
    this = monday_of(timezone.now().astimezone(UTC))
    for weeks_ago in range(WEEKS):
        renew_week(classifier, this - timedelta(weeks=weeks_ago))


def renew_week(classifier: Classifier, week: date) -> None:
    ids = drawn(classifier, week)
    of_week = SampledPrediction.objects.filter(classifier=classifier, week=week)
    known = set(of_week.values_list("prediction", flat=True))
    if displaced := known.difference(ids):
        leave(classifier, displaced)
    new = [pk for pk in ids if pk not in known]
    SampledPrediction.objects.bulk_create(
        [SampledPrediction(prediction_id=pk, classifier=classifier, week=week) for pk in new],
        ignore_conflicts=True,
    )
    enter(classifier, new)


def drawn(classifier: Classifier, week: date) -> list[UUID]:
    begin = datetime.combine(week, time(), UTC)
    of_week = Prediction.objects.filter(
        created_at__gte=begin, created_at__lt=begin + timedelta(weeks=1)
    )
    versions = list(ModelVersion.objects.filter(classifier=classifier).values_list("pk", flat=True))
    answered = of_week.filter(
        inference__status=Inference.Status.DONE, inference__model_version__in=versions
    )
    if of_week.order_by()[: MANY + 1].count() > MANY:
        below = answered.filter(pk__lt=CUT).order_by("pk")
        return list(below.values_list("pk", flat=True)[:SIZE])
    # Not ordered by the database, which might read its primary key from one end to the other.
    return nsmallest(SIZE, answered.order_by().values_list("pk", flat=True))


def leave(classifier: Classifier, prediction_ids: set[UUID]) -> None:
    SampledPrediction.objects.filter(prediction__in=prediction_ids).delete()
    still = SampledPrediction.objects.filter(
        classifier=classifier, prediction__image=OuterRef("image")
    )
    entries = Entry.objects.filter(classifier=classifier, image__predictions__in=prediction_ids)
    entries.filter(~Exists(still)).update(sample_rank=None)


def enter(classifier: Classifier, prediction_ids: list[UUID]) -> None:
    """Those of which nobody has decided anything: what others have decided counts as well."""
    decided = Decision.objects.current().filter(classifier=classifier, image=OuterRef("image"))
    rows = Prediction.objects.filter(~Exists(decided), pk__in=prediction_ids).order_by("-pk")
    entries = {
        prediction.image_id: Entry(
            classifier=classifier,
            image_id=prediction.image_id,
            prediction_id=prediction.pk,
            inference_id=prediction.inference_id,
            sample_rank=prediction.pk.int / 2**128,
        )
        for prediction in rows
    }
    Entry.objects.bulk_create(
        entries.values(),
        update_conflicts=True,
        unique_fields=["classifier", "image"],
        update_fields=["sample_rank"],
    )
