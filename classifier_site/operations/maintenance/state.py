"""Whether there is maintenance: asked of the database once a second by each process that serves."""

from math import inf
from time import monotonic
from typing import NamedTuple

from django.db import Error as DatabaseError
from django.db import transaction

from accounts import audit
from accounts.audit import Action
from classifier_site.operations.maintenance.models import Maintenance

SEEN_AFTER = 1.0  # seconds, in all processes


class Known(NamedTuple):
    read_at: float
    maintenance: Maintenance | None


_known = Known(-inf, None)


def current() -> Maintenance | None:
    """None if there is no maintenance, as of a second ago at most.

    What was known last, while the database cannot be reached: the request will notice that itself.
    """
    global _known
    if monotonic() - _known.read_at > SEEN_AFTER:
        try:
            _known = Known(monotonic(), Maintenance.objects.first())
        except DatabaseError:
            _known = Known(monotonic(), _known.maintenance)
    return _known.maintenance


@transaction.atomic
def begin(message: str) -> None:
    """Begins maintenance, or changes its message. Other processes see it after SEEN_AFTER."""
    global _known
    row, _created = Maintenance.objects.update_or_create(pk=1, defaults={"message": message})
    audit.record(Action.MAINTENANCE_BEGAN, detail={"message": message})
    _known = Known(monotonic(), row)


@transaction.atomic
def end() -> bool:
    """Returns False if there was none. Other processes see it after SEEN_AFTER."""
    global _known
    deleted, _ = Maintenance.objects.all().delete()
    if deleted:
        audit.record(Action.MAINTENANCE_ENDED)
    _known = Known(monotonic(), None)
    return bool(deleted)
