"""Foreign keys of other tables that point at feedback, while its tables change places."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from feedback.partitions.months import TABLE

REFERENCES = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE confrelid = %s::regclass AND contype = 'f' AND conparentid = 0
"""
NOT_VALID = f"{REFERENCES} AND NOT convalidated"


class Reference(NamedTuple):
    table: str
    name: str
    definition: str


def drop_references(cursor: Any) -> list[Reference]:
    """Locks their tables, too, until the transaction ends."""
    cursor.execute(REFERENCES, [TABLE])
    references = [Reference(*row) for row in cursor.fetchall()]
    for reference in references:
        cursor.execute(f"ALTER TABLE {reference.table} DROP CONSTRAINT {reference.name}")
    return references


def make_references(cursor: Any, references: list[Reference]) -> None:
    """For rows from now on; those that are there are looked through later, without a lock."""
    for table, name, definition in references:
        definition = definition.removesuffix(" NOT VALID")
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID")


def validate_references(cursor: Any) -> list[Callable[[Any], None]]:
    """What is left to be done, each in a transaction of its own."""
    cursor.execute(NOT_VALID, [TABLE])
    return [partial(validate, Reference(*row)) for row in cursor.fetchall()]


def validate(reference: Reference, cursor: Any) -> None:
    cursor.execute(f"ALTER TABLE {reference.table} VALIDATE CONSTRAINT {reference.name}")
