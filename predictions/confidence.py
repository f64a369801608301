"""Scores in the steps in which people trust them, for filters of pages and of the admin."""

from typing import NamedTuple

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

SURE = 0.9


class Step(NamedTuple):
    """The scores from `least` on and below `below`."""

    label: str
    least: float | None
    below: float | None

    def of(self, field: str) -> Q:
        """That the scores in a field, such as `inference__score`, are of this step."""
        return Q(
            *([(f"{field}__gte", self.least)] if self.least is not None else []),
            *([(f"{field}__lt", self.below)] if self.below is not None else []),
        )


def in_percent(number: str) -> str:
    """With its sign, before which some languages have a space."""
    return _("%(number)s%%") % {"number": number}


def steps() -> dict[str, Step]:
    """From the most certain down. Below UNSURE_BELOW, pages say that the model is not sure."""
    unsure = settings.UNSURE_BELOW
    sure = max(SURE, unsure)
    return {
        "sure": Step(in_percent(f"≥ {100 * sure:.0f}"), sure, None),
        "likely": Step(in_percent(f"{100 * unsure:.0f}–{100 * sure:.0f}"), unsure, sure),
        "unsure": Step(in_percent(f"< {100 * unsure:.0f}"), None, unsure),
    }
