"""What people say comes before reviewers."""

from typing import NamedTuple

from django.utils import timezone

from feedback.models import Feedback
from feedback.services import class_said
from predictions.classifiers import Classifier
from predictions.models import Prediction
from review.models import Decision, Entry, Queue

AT_ONCE = 500  # take a sixth of a second

Place = tuple[int, int]  # ids of a classifier and a picture


class About(NamedTuple):
    said: Feedback
    prediction: Prediction

    @property
    def place(self) -> Place:
        version = self.prediction.inference.model_version
        return version.classifier_id, self.prediction.image_id


def notice_feedback() -> None:
    """Puts feedback before reviewers that they have not seen: the oldest first, of all classifiers.

    Not what says of a picture what its verified label says already. In a transaction.
    """
    fresh = list(
        Feedback.objects.filter(noticed_at=None)
        .select_related("prediction__inference__model_version")
        .defer("prediction__inference__features", "prediction__inference__ranking")
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True)[:AT_ONCE]
    )
    if not fresh:
        return
    about = reviewable([About(said, said.prediction) for said in fresh if said.prediction])
    images = {each.prediction.image_id for each in about}
    verified = {
        (decision.classifier_id, decision.image_id): decision.class_key
        for decision in Decision.objects.verified().filter(image__in=images)
    }
    entries: dict[Place, Entry] = {
        (entry.classifier_id, entry.image_id): entry
        for entry in Entry.objects.filter(image__in=images)
    }
    changed = {}
    for each in about:
        if each.place not in verified or verified[each.place] != class_said(each.said):
            entry = entries.setdefault(each.place, entry_of(each))
            wait(entry, each)
            changed[each.place] = entry
    for entry in changed.values():
        entry.pk = None  # or those that are there would be a statement of their own
    Entry.objects.bulk_create(
        changed.values(),
        update_conflicts=True,
        unique_fields=["classifier", "image"],
        update_fields=[
            *(queue.rank for queue in Queue),
            *("feedback", "prediction", "inference", "finished_at"),
        ],
    )
    Feedback.objects.filter(pk__in=[said.pk for said in fresh]).update(noticed_at=timezone.now())


def reviewable(about: list[About]) -> list[About]:
    """Answers of classifiers that everybody may ask; what is private is its owner's own affair."""
    answered = [each for each in about if each.prediction.inference.label]
    asked = {classifier_id for classifier_id, _image_id in (each.place for each in answered)}
    open_to_all = set(
        Classifier.objects.of_everybody().filter(pk__in=asked).values_list("pk", flat=True)
    )
    return [each for each in answered if each.place[0] in open_to_all]


def entry_of(each: About) -> Entry:
    classifier_id, image_id = each.place
    return Entry(classifier_id=classifier_id, image_id=image_id)


def wait(entry: Entry, each: About) -> None:
    """The feedback to be decided, as which the answer that it is about is shown."""
    if entry.finished_at:  # decided before: of the other queues it is done
        entry.finished_at = None
        for queue in Queue:
            setattr(entry, queue.rank, None)
    entry.feedback, entry.prediction = each.said, each.prediction
    entry.inference = each.prediction.inference
    entry.feedback_rank = each.said.created_at.timestamp()
    entry.wrong_rank = -each.said.score if each.said.correct is False else None
