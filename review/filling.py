"""How pictures come into the queues: in bounded steps, whenever reviewers look.

Feedback by noticing.py and the random sample by sample.py; here what machines are unsure about.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, FloatField, OuterRef, Subquery
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast, Coalesce, Least
from django.utils import timezone

from feedback.models import Feedback
from predictions.classifiers import Classifier, ModelVersion
from predictions.models import Inference, Prediction
from review import noticing, sample
from review.models import Decision, Entry, Queue

# Of a transaction, so that of several reviewers who look at once one does it.
LOCK = 0x5E71E3
LOOKED_AT = 5_000  # of the latest answers of a version
ADDED = 200  # of these, pictures at a time
UNCERTAIN = 0.2  # by which the best class is ahead of the next one
VERSIONS = 10  # the newest ones, which are compared with the champion
# The least that is wanted before newer pictures are looked for.
FEW = 20


@transaction.atomic
def fill(classifier: Classifier) -> None:
    """Adds what has come since to all queues of a classifier, unless somebody else does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return
    noticing.notice_feedback()
    if Entry.objects.waiting(Queue.UNCERTAIN, classifier)[:FEW].count() < FEW:
        add_uncertain(classifier)
    if Entry.objects.waiting(Queue.DISAGREEMENT, classifier)[:FEW].count() < FEW:
        add_disagreements(classifier)
    sample.renew(classifier)
    forget_unwanted(classifier)


def add_uncertain(classifier: Classifier) -> None:
    """The latest answers whose best two classes are closest to each other (margin sampling)."""
    second = Cast(KeyTransform("score", KeyTransform("1", "ranking")), FloatField())
    found = []
    for version in answering(classifier):
        latest = unlooked(latest_of(version), classifier, Queue.UNCERTAIN)
        close = latest.annotate(margin=F("score") - Coalesce(second, 0.0)).filter(
            ~Exists(Feedback.objects.filter(prediction__inference=OuterRef("pk"))),
            margin__lt=UNCERTAIN,
        )
        found += close.values_list("margin", "pk", "image")
    add(classifier, Queue.UNCERTAIN, found)


def add_disagreements(classifier: Classifier) -> None:
    """Pictures that the champion answers differently from another version, the surest first."""
    versions = ModelVersion.objects.filter(classifier=classifier)
    champion = versions.filter(role=ModelVersion.Role.CHAMPION).first()
    if champion is None:
        return
    champions = Inference.objects.filter(
        model_version=champion, image=OuterRef("image"), status=Inference.Status.DONE
    )
    found = []
    for version in versions.exclude(pk=champion.pk).order_by("-pk")[:VERSIONS]:
        latest = unlooked(latest_of(version), classifier, Queue.DISAGREEMENT).annotate(
            champions_key=Subquery(champions.values("class_key")[:1]),
            champions_score=Subquery(champions.values("score")[:1]),
            champions_pk=Subquery(champions.values("pk")[:1]),
        )
        differing = latest.exclude(champions_pk=None).exclude(class_key=F("champions_key"))
        found += differing.annotate(rank=-Least("score", "champions_score")).values_list(
            "rank", "champions_pk", "image"
        )
    add(classifier, Queue.DISAGREEMENT, found)


def answering(classifier: Classifier) -> Any:
    """The versions whose answers people get."""
    roles = [ModelVersion.Role.CHAMPION, ModelVersion.Role.CHALLENGER]
    return ModelVersion.objects.filter(classifier=classifier, role__in=roles)


def latest_of(version: ModelVersion) -> Any:
    latest = Inference.objects.filter(model_version=version, status=Inference.Status.DONE)
    return latest.order_by("-created_at")[:LOOKED_AT]


def unlooked(latest: Any, classifier: Classifier, queue: Queue) -> Any:
    """Of these, those of whose pictures nothing is known and that are not in the queue."""
    of_picture = {"classifier": classifier, "image": OuterRef("image")}
    return Inference.objects.filter(
        ~Exists(Entry.objects.filter(**of_picture, **{f"{queue.rank}__isnull": False})),
        ~Exists(Decision.objects.current().filter(**of_picture)),
        pk__in=latest.values("pk"),
    ).order_by()


def add(classifier: Classifier, queue: Queue, found: Iterable[tuple[float, int, int]]) -> None:
    """found: rank, id of the answer to be shown, id of its picture."""
    best: dict[int, tuple[float, int]] = {}
    for rank, inference_id, image_id in sorted(found)[: 2 * ADDED]:
        best.setdefault(image_id, (rank, inference_id))
    # What nobody has any longer, or was asked for a comparison only, has no prediction of its own.
    asked = Prediction.objects.filter(image__in=best).order_by("created_at")
    predictions = dict(asked.values_list("image", "pk"))
    entries = [
        Entry(
            classifier=classifier,
            image_id=image_id,
            inference_id=inference_id,
            prediction_id=predictions[image_id],
            **{queue.rank: rank},
        )
        for image_id, (rank, inference_id) in best.items()
        if image_id in predictions
    ]
    Entry.objects.bulk_create(
        entries[:ADDED],
        update_conflicts=True,
        unique_fields=["classifier", "image"],
        update_fields=[queue.rank],
    )


def forget_unwanted(classifier: Classifier) -> None:
    """What has left the sample and waits in no other queue, and old entries that are finished."""
    nowhere = {queue.rank: None for queue in Queue}
    of = Entry.objects.filter(classifier=classifier)
    of.filter(**nowhere, finished_at=None).delete()
    of.filter(finished_at__lt=timezone.now() - timedelta(days=30)).delete()
