"""The months, their ids and their tables."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.utils import timezone

TABLE = "feedback_feedback"
# Takes what has no month's table. Rows in it would block the table that they belong to: see
# keeping.py.
OTHERS = "feedback_other_months"
AHEAD = 2  # months that have a table, besides the current one
NUMBERS = 10**10  # ids of a month. They stay below 2**53, the last that JavaScript can count to.
# An id of November 2026 is 202611 and ten digits, which go on from month to month. What is above
# ten digits is cut off, so that a sequence set to the highest id goes on as well.
NEXT_ID = f"""
    to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMM')::bigint * {NUMBERS}
    + nextval('{TABLE}_id_seq') % {NUMBERS}
"""

IS_PARTITIONED = "SELECT EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = %s::regclass)"
PARTITIONS = """
    SELECT child.relname FROM pg_inherits
    JOIN pg_class AS child ON child.oid = inhrelid WHERE inhparent = %s::regclass
"""


class Month(NamedTuple):
    """Of UTC."""

    year: int
    month: int

    @classmethod
    def of(cls, moment: datetime) -> "Month":
        moment = moment.astimezone(UTC)
        return cls(moment.year, moment.month)

    @property
    def following(self) -> "Month":
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def begin(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def first_id(self) -> int:
        return (self.year * 100 + self.month) * NUMBERS

    @property
    def table(self) -> str:
        return f"feedback_{self}"

    def __str__(self) -> str:
        return f"{self.year}_{self.month:02}"


def months(first: Month, last: Month) -> list[Month]:
    """From the first to the last, with both."""
    found = [first]
    while found[-1] < last:
        found.append(found[-1].following)
    return found


def last_wanted() -> Month:
    """The last month that should have a table by now."""
    month = Month.of(timezone.now())
    for _ in range(AHEAD):
        month = month.following
    return month


def is_partitioned(cursor: Any) -> bool:
    cursor.execute(IS_PARTITIONED, [TABLE])
    return bool(cursor.fetchone()[0])


def tables_of(cursor: Any) -> set[str]:
    """The partitions' names."""
    cursor.execute(PARTITIONS, [TABLE])
    return {name for (name,) in cursor.fetchall()}
