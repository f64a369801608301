"""What a reviewer is shown of a picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from feedback.models import Feedback
from feedback.services import class_said
from predictions.classifiers import Classifier
from predictions.inference.ranking import key_of
from predictions.labels.vocabulary import Vocabulary
from predictions.models import Image, Inference, Prediction
from predictions.pictures.thumbnails import LARGE_COPY
from predictions.registry.vocabularies import vocabulary_of
from predictions.templatetags.labels import language, percent
from review.models import Decision
from review.pages.pictures import address
from review.pages.similar import Missing, SimilarPicture, similar_to

RANKED = 5  # the answer and the next four
CHOICES = 9  # as many as there are keys
LISTED = 20  # of what people said, and of earlier decisions
COUNTED = 100  # requests with the picture


@dataclass
class Choice:
    key: str
    name: str
    score: float | None = None  # None: not among the best
    is_answer: bool = False
    notes: list[str] = field(default_factory=list)  # who says so


class Sent(NamedTuple):
    """How often people have sent a picture, and when first and last.

    Of one that was sent more than COUNTED times, it is known only that it was.
    """

    times: int
    first: datetime
    latest: datetime

    @property
    def is_more(self) -> bool:
        return self.times > COUNTED


class Shown:
    """A picture with all that is known of it, to be decided about."""

    def __init__(self, image: Image, classifier: Classifier, inference: Inference | None) -> None:
        self.image, self.classifier, self.inference = image, classifier, inference
        self.picture = address(image.pk, LARGE_COPY)
        self.original = address(image.pk)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return vocabulary_of(self.label_set_id)

    @cached_property
    def label_set_id(self) -> int:
        if self.inference:
            return self.inference.model_version.label_set_id
        return self.classifier.versions.order_by("-pk").values_list("label_set", flat=True)[0]

    def name_of(self, key: str, label: str) -> str:
        return self.vocabulary.name(key, label, language())

    @cached_property
    def said(self) -> list[Feedback]:
        """By all who sent it, the latest first."""
        of_picture = Feedback.objects.filter(
            prediction__image=self.image,
            prediction__deleted_at=None,
            prediction__inference__model_version__classifier=self.classifier,
        )
        return list(
            of_picture.select_related("prediction__inference__model_version").defer(
                "prediction__inference__features", "prediction__inference__ranking"
            )[:LISTED]
        )

    @cached_property
    def sent(self) -> Sent | None:
        """None of one that was imported."""
        predictions = Prediction.objects.filter(image=self.image)
        times = list(predictions.order_by().values_list("created_at", flat=True)[: COUNTED + 1])
        return Sent(len(times), min(times), max(times)) if times else None

    @cached_property
    def others(self) -> list[Inference]:
        """Of other versions, where they differ."""
        if self.inference is None:
            return []
        answers = (
            Inference.objects.filter(
                image=self.image,
                model_version__classifier=self.classifier,
                status=Inference.Status.DONE,
            )
            .exclude(pk=self.inference.pk)
            .exclude(class_key=self.inference.class_key)
        )
        return list(
            answers.select_related("model_version").defer("features").order_by("-model_version_id")
        )

    @cached_property
    def decisions(self) -> list[Decision]:
        """The latest first."""
        found = Decision.objects.filter(classifier=self.classifier, image=self.image)
        decided = list(found.select_related("decided_by")[:LISTED])
        for decision in decided:
            decision.name = (  # type: ignore[attr-defined]
                decision.class_key and self.name_of(decision.class_key, decision.label)
            )
        return decided

    @property
    def verified(self) -> Decision | None:
        standing = (each for each in self.decisions if each.replaced_at is None and each.is_label)
        return next(standing, None)

    @cached_property
    def similar(self) -> list[SimilarPicture]:
        """Empty also where `similar_missing` says why."""
        try:
            return similar_to(self.inference) if self.inference else []
        except Missing as error:
            self.similar_missing = str(error)
            return []

    similar_missing = ""

    @cached_property
    def choices(self) -> Sequence[Choice]:
        """The best classes of the answer; and what people and other versions say, if not in it."""
        found = {
            key: Choice(key, self.name_of(key, label), score, is_answer=not number)
            for number, (key, label, score) in enumerate(self.ranked())
        }
        for key, label, note in self.further():
            choice = found.setdefault(key, Choice(key, self.name_of(key, label)))
            if note not in choice.notes:
                choice.notes.append(note)
        return list(found.values())[:CHOICES]

    def ranked(self) -> list[tuple[str, str, float]]:
        """Keys, labels and scores of the best classes of the answer."""
        ranking = self.inference.ranking if self.inference else []
        return [(key_of(entry), entry["label"], entry["score"]) for entry in ranking[:RANKED]]

    def further(self) -> Iterable[tuple[str, str, str]]:
        """Keys and labels of classes, and who says so."""
        for said in self.said:
            key = class_said(said)
            if key and (choice := self.vocabulary.choice(key, language())):
                yield key, choice.label, _("said by a person")
        for other in self.others:
            if self.vocabulary.choice(other.class_key, language()):
                note = f"{other.model_version.version} {percent(other.score or 0)}"
                yield other.class_key, other.label, note
