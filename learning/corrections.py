"""What people have said about answers becomes examples: corrections, and answers called right."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from feedback.models import Feedback
from feedback.services import class_said
from learning.classes import class_called
from learning.examples import add_prediction
from learning.models import Example
from predictions.classifiers import Classifier


def offered(user: User, classifier: Classifier) -> Any:
    """A person's own corrections of this classifier's answers that are no examples of it yet.

    Also what they called right. The newest first; pictures that were deleted are not among them.
    """
    examples = Example.objects.filter(
        taught_class__classifier=classifier, image=OuterRef("prediction__image")
    )
    return said_by(user).filter(Q(classifier=classifier), ~Exists(examples))


def said_by(user: User) -> Any:
    """Feedback of a person that says what a picture of theirs shows, whoever has answered."""
    return (
        Feedback.objects.filter(user=user, prediction__user=user, prediction__deleted_at=None)
        .filter(Q(correct=True) | ~Q(label=""))
        .select_related("prediction__image", "prediction__inference", "classifier")
        .defer("prediction__inference__features")
    )


def names_in(classifier: Classifier) -> dict[str, str]:
    """What its classes are called now, by their keys."""
    return dict(classifier.taught_classes.values_list("key", "name"))


def shown(said: Feedback, names: Mapping[str, str]) -> str:
    """The name of the class that it says the picture shows.

    names: of `names_in`, as a class may have been renamed since the answer.
    """
    return names.get(class_said(said) or "") or (
        said.predicted_class if said.correct else said.label
    )


def take(user: User, classifier: Classifier, feedback: Iterable[Feedback]) -> list[Example]:
    """Makes examples of the classes they say; a class that is missing is added.

    feedback: on answers of this classifier. Of a picture that was sent twice, what was said last
        counts.

    Raises TeachingRefused.
    """
    names = names_in(classifier)
    taken = {}
    for said in sorted(feedback, key=lambda said: said.created_at, reverse=True):
        if said.prediction is not None and said.prediction.image_id not in taken:
            taught_class = class_called(classifier, shown(said, names))
            example = add_prediction(user, taught_class, said.prediction)
            taken[said.prediction.image_id] = example
    return list(taken.values())
