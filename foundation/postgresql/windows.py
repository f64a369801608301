"""Rows of a long result, some at a time.

Not by a cursor of the server's, which would have to outlive its transaction: that takes the server
as long as the whole result before the first row, and behind a pooler in transaction mode the cursor
belongs to whoever gets the session next.
"""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def in_windows(rows: QuerySet[Row], size: int) -> Iterator[Row]:
    """Each row, in their order, read `size` at a time.

    The keys are read first, which take 0.1 MB of memory for a thousand rows. Rows that are deleted
    meanwhile are left out.
    """
    keys = list(rows.values_list("pk", flat=True))
    for first in range(0, len(keys), size):
        yield from rows.filter(pk__in=keys[first : first + size])
