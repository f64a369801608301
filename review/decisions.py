"""A reviewer decides, takes it back, and changes it later; each of it is kept."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts import audit
from accounts.models import User
from predictions.classifiers import Classifier
from predictions.inference.labels import Label
from predictions.models import Image, Inference
from predictions.registry.label_sets import labels_of
from review.leases import LEASE
from review.models import Decision, Entry
from review.refusals import AlreadyDecided, NoFeedback, NoSuchClass, NothingToUndo

Verdict = Decision.Verdict


@transaction.atomic
def decide(
    entry_id: int,
    reviewer: User,
    *,
    queue: str,
    class_key: str | None,
    request: HttpRequest | Request | None = None,
) -> Decision:
    """Says what the picture of an entry shows.

    class_key: a class of the classifier; "" for none of them; None rejects the feedback and leaves
        open what the picture shows.

    Raises AlreadyDecided, NoSuchClass and NoFeedback.
    """
    entry = held(entry_id, reviewer)
    inference = entry.inference
    verdict: str
    label: Label | None
    if class_key is None:
        if entry.feedback is None:
            raise NoFeedback
        verdict, label = Verdict.REJECTED, None
    else:
        verdict, label = verdict_of(inference, class_key)
    decision = record(
        Decision(
            classifier=entry.classifier,
            image=entry.image,
            inference=inference,
            feedback=entry.feedback,
            verdict=verdict,
            queue=queue,
            decided_by=reviewer,
        ),
        label,
        request,
    )
    entry.finished_at, entry.leased_by, entry.leased_until = decision.decided_at, None, None
    entry.save(update_fields=["finished_at", "leased_by", "leased_until"])
    return decision


def held(entry_id: int, reviewer: User) -> Entry:
    """Locked, unless somebody else has it or has decided about it. Raises AlreadyDecided."""
    entry = (
        Entry.objects.select_for_update(of=("self",))
        .select_related("classifier", "image", "inference__model_version", "feedback")
        .defer("inference__features")
        .filter(pk=entry_id)
        .first()
    )
    if entry is None or entry.finished_at:
        raise AlreadyDecided
    is_others = entry.leased_by_id not in (None, reviewer.pk)
    if is_others and entry.leased_until and entry.leased_until > timezone.now():
        raise AlreadyDecided
    return entry


def verdict_of(inference: Inference, class_key: str) -> tuple[str, Label | None]:
    """Raises NoSuchClass."""
    if not class_key:
        return Verdict.NONE, None
    label = label_called(inference.model_version.label_set_id, class_key)
    return Verdict.ACCEPTED if label.key == inference.class_key else Verdict.CORRECTED, label


def label_called(label_set_id: int, class_key: str) -> Label:
    """Raises NoSuchClass."""
    for label in labels_of(label_set_id):
        if label.key == class_key:
            return label
    raise NoSuchClass


@transaction.atomic
def verify(
    image: Image,
    classifier: Classifier,
    class_key: str,
    by: User | None,
    *,
    queue: str,
    inference: Inference | None = None,
    label_set_id: int | None = None,
    request: HttpRequest | Request | None = None,
) -> Decision:
    """Gives a picture a verified label without an entry of a queue, or changes the one it has.

    inference: the answer that was seen, whose label set counts unless `label_set_id` is given.
        Without either, it is that of the classifier's newest version.

    Raises NoSuchClass.
    """
    if inference is not None:
        verdict, label = verdict_of(inference, class_key)
    elif class_key:
        labels = label_set_id or newest_label_set(classifier)
        verdict, label = Verdict.CORRECTED, label_called(labels, class_key)
    else:
        verdict, label = Verdict.NONE, None
    decision = record(
        Decision(
            classifier=classifier,
            image=image,
            inference=inference,
            verdict=verdict,
            queue=queue,
            decided_by=by,
        ),
        label,
        request,
    )
    Entry.objects.filter(classifier=classifier, image=image, finished_at=None).update(
        finished_at=decision.decided_at, leased_by=None, leased_until=None
    )
    return decision


def newest_label_set(classifier: Classifier) -> int:
    """Raises NoSuchClass."""
    ids = classifier.versions.order_by("-pk").values_list("label_set", flat=True)
    for label_set_id in ids[:1]:
        return int(label_set_id)
    raise NoSuchClass


def record(
    decision: Decision, label: Label | None, request: HttpRequest | Request | None
) -> Decision:
    """Puts a decision in place of the one that stands. In a transaction."""
    # The picture's lock: two decisions at once come one after the other.
    Image.objects.select_for_update(no_key=True).get(pk=decision.image_id)
    before = standing(decision.classifier_id, decision.image_id)
    decision.decided_at = timezone.now()
    decision.is_label = decision.verdict != Verdict.REJECTED
    if label:
        decision.class_key, decision.label = label.key, label.name
    if decision.inference:
        decision.answered_key = decision.inference.class_key
        decision.model_version_id = decision.inference.model_version_id
    if before:
        if not decision.is_label:  # what was verified before stays so
            for name in ("is_label", "class_key", "label"):
                setattr(decision, name, getattr(before, name))
        decision.replaces = before
        replace(before, decision.decided_at)
    decision.save(force_insert=True)
    tell(audit.Action.REVIEWED, decision, request)
    return decision


def standing(classifier_id: int, image_id: int) -> Decision | None:
    of = Decision.objects.current().select_related("classifier")
    return of.filter(classifier=classifier_id, image=image_id).first()


def replace(decision: Decision, at: Any) -> None:
    Decision.objects.filter(pk=decision.pk).update(replaced_at=at)


@transaction.atomic
def undo(reviewer: User, request: HttpRequest | Request | None = None) -> Entry | None:
    """Takes back a reviewer's latest decision that stands; what stood before stands again.

    Returns its entry, which the reviewer holds again, if there is one.

    Raises NothingToUndo.
    """
    latest = (
        Decision.objects.current()
        .select_related("classifier", "image", "replaces")
        .filter(decided_by=reviewer)
        .exclude(queue=Decision.Source.IMPORT)
        .order_by("-decided_at", "-pk")
        .first()
    )
    if latest is None:
        raise NothingToUndo
    Image.objects.select_for_update(no_key=True).get(pk=latest.image_id)
    now = timezone.now()
    undone = Decision.objects.current().filter(pk=latest.pk).update(replaced_at=now, is_undone=True)
    if not undone:  # somebody else has replaced it at this moment
        raise NothingToUndo
    if latest.replaces:
        replace(latest.replaces, None)
    tell(audit.Action.REVIEW_UNDONE, latest, request)
    entries = Entry.objects.filter(classifier=latest.classifier, image=latest.image)
    entries.update(finished_at=None, leased_by=reviewer, leased_until=now + LEASE)
    return entries.first()


def tell(action: audit.Action, decision: Decision, request: HttpRequest | Request | None) -> None:
    audit.record(
        action,
        request,
        actor=decision.decided_by,
        target=decision.image,
        detail=decision.as_detail(),
    )
