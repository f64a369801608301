"""Which rows the admin's lists look at: what an index finds, newest first."""

from typing import Any

from django.db.models import Q, QuerySet

from foundation.web.bounded_lists import (
    BEFORE,
    Asked,
    Newest,
    newest_by,
    newest_by_id,
    newest_of,
    of_time,
)
from predictions.admin_search import Sought
from predictions.models import Image, Inference, Prediction

FOUND_BY_STATUS = {"queued", "running", "failed"}  # few, with an index of their own


def answers_by_index(
    asked: Asked, sought: Sought, prefix: str = ""
) -> list[QuerySet[Inference]] | None:
    """Those of a picture, status, class or version: the first of these that is asked for decides.

    prefix: where the look-ups of `asked` find the answer. Returns None if nothing is asked for.
    """

    def value(name: str) -> Any:
        return asked.get(f"{prefix}{name}__exact", asked.get(prefix + name))

    answers = Inference.objects.all()
    if sought.hashes:
        return [answers.filter(image__in=Image.objects.filter(**sought.hashes))]
    if (status := value("status")) in FOUND_BY_STATUS:
        return [answers.filter(status=status)]
    if labels := sought.labels or asked.get("labels"):
        return [answers.filter(label=label) for label in sorted(labels)]
    if version := value("model_version__id") or value("model_version"):
        return [answers.filter(model_version=version)]
    return None


def newest_inferences(asked: Asked, sought: Sought) -> Newest:
    answers = answers_by_index(asked, sought)
    if answers is None:
        return newest_by_id(Inference.objects.all(), asked)
    return newest_of(*(rows.filter(of_time(asked)) for rows in answers))


def newest_predictions(asked: Asked, sought: Sought) -> Newest:
    rows = Prediction.everything.all()
    if sought.pk:
        return Newest(Q(pk=sought.pk), leaves_out=False)
    people = sought.people
    if people is None and (person := asked.get("user", asked.get("user__id__exact"))):
        people = [person]
    if people is not None:
        return newest_of(*(rows.filter(of_time(asked), user=person) for person in people))
    if asked.get("deleted_at__isempty") == "0":
        return newest_of(rows.filter(deleted_at__isnull=False), by="deleted_at")
    answers = answers_by_index(asked, sought, "inference__")
    if answers is None:
        return newest_by("created_at", rows.filter(of_time(asked)))
    # An answer is as old as the first prediction that waited for it, or older.
    earlier = Q(created_at__lt=asked[BEFORE]) if BEFORE in asked else Q()
    return newest_of(*(each.filter(earlier) for each in answers), of="inference__")
