"""What has come of a person's feedback, as they are told."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from feedback.models import Feedback
from feedback.services import class_said
from review.models import Decision


class Outcome(StrEnum):
    ACCEPTED = "accepted"  # their correction, or that the answer is right
    REJECTED = "rejected"
    DIFFERENT = "different"  # the picture shows another class
    NONE = "none"  # it shows none of the classes


class Standing(NamedTuple):
    outcome: Outcome
    label: str  # the verified one
    class_key: str


def standing_of(feedback: Sequence[Feedback]) -> dict[int, Standing]:
    """By the feedback's key, for that which reviewers have decided about.

    The feedback needs its `prediction__inference__model_version`. One query.
    """
    about = {
        said.pk: (said.prediction.inference.model_version.classifier_id, said.prediction.image_id)
        for said in feedback
        if said.prediction
    }
    by_pk = {said.pk: said for said in feedback if said.pk in about}
    decisions = {
        (decision.classifier_id, decision.image_id): decision
        for decision in Decision.objects.current().filter(
            image__in={image_id for _classifier, image_id in about.values()}
        )
    }
    found = {}
    for pk, place in about.items():
        if decision := decisions.get(place):
            outcome = outcome_of(by_pk[pk], decision)
            if outcome:
                found[pk] = Standing(outcome, decision.label, decision.class_key)
    return found


def outcome_of(said: Feedback, decision: Decision) -> Outcome | None:
    """None: they said it after the decision, and it waits."""
    key = class_said(said)
    if decision.is_label and key is not None and decision.class_key == key:
        return Outcome.ACCEPTED
    if said.noticed_at is None or decision.decided_at < said.noticed_at:
        return None
    if decision.verdict == Decision.Verdict.REJECTED:
        return Outcome.REJECTED
    return Outcome.DIFFERENT if decision.class_key else Outcome.NONE
