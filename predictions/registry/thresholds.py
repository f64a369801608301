"""Setting the thresholds of a classifier, under which an answer counts as not sure."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from predictions.classifiers import Classifier
from predictions.registry.label_sets import labels_of
from predictions.registry.roles import Changes, RoleRefused


@transaction.atomic
def set_thresholds(
    change: Changes, classifier: Classifier, threshold: float | None, of_classes: Mapping[str, Any]
) -> Classifier:
    """Replaces all thresholds of a classifier, and returns it as it is then.

    change: who, why, and which revision they have looked at. threshold: 0 to 1; None is
    UNSURE_BELOW. of_classes: those of single classes, by their keys.

    Raises RoleRefused: a number is not one, a class is none of the classifier's, or somebody else
    has changed the classifier since `change.seen`.
    """
    locked = change.lock_classifier(classifier)
    refuse_thresholds(locked, threshold, of_classes)
    before = as_dict(locked)
    locked.threshold, locked.class_thresholds = threshold, dict(of_classes)
    if as_dict(locked) == before:
        return locked
    locked.revision = uuid4()  # by which every process notices
    locked.save(update_fields=["threshold", "class_thresholds", "revision"])
    detail = {"before": before, "after": as_dict(locked), "reason": change.reason}
    audit.record(
        audit.Action.THRESHOLDS_CHANGED,
        change.request,
        actor=change.actor,
        target=locked,
        detail=detail,
    )
    return locked


def refuse_thresholds(
    classifier: Classifier, threshold: float | None, of_classes: Mapping[str, Any]
) -> None:
    """Raises RoleRefused, and returns otherwise."""
    if threshold is not None and not is_probability(threshold):
        raise RoleRefused(_("A threshold is a probability: a number from 0 to 1."))
    sets = classifier.versions.order_by().values_list("label_set_id", flat=True).distinct()
    known = {label.key for label_set in sets for label in labels_of(label_set)}
    for key, least in of_classes.items():
        if key not in known:
            raise RoleRefused(
                _("%(key)s is the key of no class of %(classifier)s.")
                % {"key": key, "classifier": classifier}
            )
        if not is_probability(least):
            raise RoleRefused(
                _("The threshold of %(key)s is not a number from 0 to 1.") % {"key": key}
            )


def is_probability(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number <= 1


def as_dict(classifier: Classifier) -> dict[str, Any]:
    return {"threshold": classifier.threshold, "classes": classifier.class_thresholds}
