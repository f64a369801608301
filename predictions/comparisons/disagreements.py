"""Where two versions differ: the pictures of which both are most certain come first."""

from math import isfinite
from typing import Any, NamedTuple

from django.db.models import F, Q
from django.db.models.functions import Least

from predictions.comparisons.models import Comparison

WHICH = ("first", "second")
ORDER = ("-certainty", "-pk")
KEPT = ("label", "score", "ranking")  # of each answer, beside its class_key


class Place(NamedTuple):
    """In the list of a comparison: right behind this picture."""

    certainty: float
    pk: int

    @classmethod
    def read(cls, text: str) -> "Place":
        """As `str` writes it. Raises ValueError."""
        certainty, _, pk = text.partition("~")
        place = cls(float(certainty), int(pk))
        if not isfinite(place.certainty) or not 0 <= place.pk < 2**63:
            raise ValueError(text)
        return place

    def __str__(self) -> str:
        return f"{self.certainty}~{self.pk}"


def disagreements(comparison: Comparison) -> Any:
    """Dictionaries: `pk` and `md5` of the picture, both answers under `first_…` and `second_…`, and
    `certainty`, the lesser of their scores. Neither of them is a guess where that is high.
    """
    said = {f"{which}_{name}": F(f"said_{which}__{name}") for which in WHICH for name in KEPT}
    found = comparison.disagreements().annotate(
        certainty=Least("said_first__score", "said_second__score")
    )
    return found.order_by(*ORDER).values(
        "pk", "md5", "certainty", "first_class_key", "second_class_key", **said
    )


def after(comparison: Comparison, place: Place | None, number: int) -> list[dict[str, Any]]:
    """So many of the disagreements, those that follow a place."""
    found = disagreements(comparison)
    if place is not None:
        found = found.filter(
            Q(certainty__lt=place.certainty) | Q(certainty=place.certainty, pk__lt=place.pk)
        )
    return list(found[:number])
