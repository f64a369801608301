"""Scores in the steps in which people trust them, for filters of pages and of the admin.

From which score on an answer counts as sure, its classifier says; see Classifier.threshold_of.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from predictions.classifiers import Classifier

SURE = 0.9


class Thresholds:
    """Those of these classifiers, or of all that are the server's; others have UNSURE_BELOW.

    `inference` is where conditions find the answer: `inference__` from a prediction, or nothing.
    """

    def __init__(self, classifiers: Iterable[Classifier] | None = None) -> None:
        known = Classifier.objects.of_server() if classifiers is None else classifiers
        self.own = [each for each in known if each.threshold is not None or each.class_thresholds]

    def sure(self, inference: str, least: float = 0.0) -> Q:
        """That an answer counts as sure, with this score at least."""
        return self._compared(inference, "gte", lambda threshold: max(threshold, least))

    def unsure(self, inference: str) -> Q:
        """That there is an answer, and it does not count as sure."""
        return self._compared(inference, "lt", lambda threshold: threshold)

    def _compared(self, inference: str, lookup: str, bound: Callable[[float], float]) -> Q:
        def score(threshold: float) -> Q:
            return Q((f"{inference}score__{lookup}", bound(threshold)))

        classifier, key = f"{inference}model_version__classifier", f"{inference}class_key"
        found = score(settings.UNSURE_BELOW)
        if self.own:  # or else no answer need be asked for its version
            found &= ~Q((f"{classifier}__in", [each.pk for each in self.own]))
        for each in self.own:
            others = score(each.threshold_of("")) & ~Q((f"{key}__in", list(each.class_thresholds)))
            by_threshold: dict[float, list[str]] = defaultdict(list)
            for name in each.class_thresholds:
                by_threshold[each.threshold_of(name)].append(name)
            for threshold, names in by_threshold.items():
                others |= Q((f"{key}__in", names)) & score(threshold)
            found |= Q((classifier, each.pk)) & others
        return found


class Step(NamedTuple):
    """Some of the scores; `of` is the condition for them, as those of Thresholds are."""

    label: str
    of: Callable[[str], Q]


def in_percent(number: str) -> str:
    """With its sign, before which some languages have a space."""
    return _("%(number)s%%") % {"number": number}


def steps(thresholds: Thresholds | None = None) -> dict[str, Step]:
    """From the most certain down; of the last, pages say that the model is not sure."""
    thresholds = thresholds or Thresholds()
    unsure = settings.UNSURE_BELOW
    sure = max(SURE, unsure)
    names = [_("sure"), _("likely"), _("not sure")]
    if not thresholds.own:  # one number for all
        spans = (f"≥ {100 * sure:.0f}", f"{100 * unsure:.0f}–{100 * sure:.0f}")
        names = [in_percent(number) for number in (*spans, f"< {100 * unsure:.0f}")]
    sure_step, likely_step, unsure_step = names
    return {
        "sure": Step(sure_step, lambda inference: thresholds.sure(inference, SURE)),
        "likely": Step(
            likely_step,
            lambda inference: thresholds.sure(inference) & Q((f"{inference}score__lt", SURE)),
        ),
        "unsure": Step(unsure_step, thresholds.unsure),
    }
