"""Feedback: what pages and API have in common."""

from pathlib import PurePath
from typing import Any

from accounts import rights
from accounts.models import User
from feedback.models import Feedback
from predictions.models import Prediction


def visible_to(user: User) -> Any:
    """One's own feedback; everyone's for staff with permission to view it. Newest first."""
    everything = Feedback.objects.all()
    return everything if rights.staff_may(user, "view", Feedback) else everything.filter(user=user)


def find_prediction(user: User, image_file_name: str) -> Prediction | None:
    """The sender's own latest upload of that file (its name is the MD5 of its content)."""
    return (
        Prediction.objects.filter(user=user, image__md5=PurePath(image_file_name).stem.lower())
        .order_by("-created_at")
        .first()
    )


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
    correct = correct or label in (inference.label, f"{inference.label} ({inference.class_key})")
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
    said.save()
    return said


def take_back(prediction: Prediction) -> None:
    prediction.feedback.all().delete()
