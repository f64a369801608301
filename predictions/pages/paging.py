"""Pages of a history, each beginning where the one before ended.

By place, not by number: page 400 is found as quickly as page 1, and a picture that arrives
meanwhile moves nothing.
"""

from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from predictions.models import Prediction

PAGE_SIZE = 24


def page_after(
    predictions: QuerySet[Prediction], place: str
) -> tuple[list[Prediction], str | None]:
    """The predictions after a place ("" is the beginning), and the place of the next page.

    Raises:
        ValueError: that is no place.
    """
    if place:
        written, _, pk = place.partition("_")
        when, after = datetime.fromisoformat(written), UUID(pk)
        if when.tzinfo != UTC:  # as it is written below; PostgreSQL does not know all others
            raise ValueError("A place is in UTC.")
        predictions = predictions.filter(
            Q(created_at__lt=when) | Q(created_at=when, pk__lt=after), created_at__lte=when
        )
    found = list(predictions[: PAGE_SIZE + 1])
    if len(found) <= PAGE_SIZE:
        return found, None
    last = found[PAGE_SIZE - 1]
    return found[:PAGE_SIZE], f"{last.created_at.isoformat()}_{last.pk}"
