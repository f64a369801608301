"""Feedback: what pages and API have in common."""

from pathlib import PurePath
from typing import Any

from django.db.models import Q

from accounts import rights
from accounts.models import User
from feedback.models import Feedback
from foundation.observability.outcomes import verdicts_total
from predictions.models import Inference, Prediction
from predictions.registry.label_sets import class_of
from predictions.registry.named import OTHERS, names

VERDICTS = {True: "right", False: "wrong", None: "none"}  # as metrics name them


def visible_to(user: User) -> Any:
    """One's own feedback; everyone's for staff with permission to view it. Newest first."""
    everything = Feedback.objects.all()
    return everything if rights.staff_may(user, "view", Feedback) else everything.filter(user=user)


def find_prediction(user: User, image_file_name: str, predicted_class: str) -> Prediction | None:
    """The sender's own latest upload of that file (its name is the MD5 of its content).

    Of answers by several classifiers, the latest one with that class, if there is one.
    """
    return (
        Prediction.objects.filter(user=user, image__md5=PurePath(image_file_name).stem.lower())
        .annotate(is_meant=Q(inference__label=predicted_class))
        .select_related("inference__model_version__classifier")
        .defer("inference__features")
        .order_by("-is_meant", "-created_at")
        .first()
    )


def names_answer(inference: Inference, text: str) -> bool:
    """Whether a text is the answer: its label, its key, or both as feedback stores them."""
    found = class_of(inference.model_version.label_set_id, text)
    return text == inference.label or bool(found and found.key == inference.class_key)


def keep(said: Feedback) -> None:
    """Saves it, and counts it, with whose answer it is about and the class that it says."""
    tell_class(said)
    said.save()
    of = {"classifier": OTHERS, "version": OTHERS}
    if said.prediction is not None:
        of = names.labels(said.prediction.inference.model_version_id)
    for correct, verdict in VERDICTS.items():  # all begin together
        verdicts_total.labels(**of, verdict=verdict).inc(correct is said.correct)


def tell_class(said: Feedback) -> None:
    """Sets whose answer it is about, and the key of the class that it says instead, if any.

    As the prediction tells; without one, both stay as they are.
    """
    if said.prediction is None:
        return
    inference = said.prediction.inference
    said.classifier = inference.model_version.classifier
    found = class_of(inference.model_version.label_set_id, said.label)
    is_correction = found and not said.correct and found.key != inference.class_key
    said.class_key = found.key if found and is_correction else ""


def give_feedback(
    prediction: Prediction, *, correct: bool, label: str, text: str | None = None
) -> Feedback:
    """Saves feedback from the page of a person's own finished prediction, replacing earlier
    feedback.

    This also changes feedback sent through the API: it is the same person about the same
    picture. Without `text`, an earlier text is kept. Who corrects an answer to itself says that it
    is right.
    """
    inference = prediction.inference
    correct = correct or names_answer(inference, label)
    said = prediction.feedback.first() or Feedback(
        user_id=prediction.user_id, prediction=prediction
    )
    said.correct = correct
    said.label = "" if correct else label
    if text is not None:
        said.feedback = text
    said.predicted_class = inference.label
    said.score = inference.score or 0.0
    said.image_file_name = prediction.image_file_name
    keep(said)
    return said


def take_back(prediction: Prediction) -> None:
    prediction.feedback.all().delete()


def class_said(said: Feedback) -> str | None:
    """The key of the class that it says the picture shows, if it names one."""
    if said.correct and said.prediction:
        return said.prediction.inference.class_key
    return said.class_key or None
