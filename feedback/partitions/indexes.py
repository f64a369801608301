"""Indexes of feedback, made while others write, in both forms of its table.

A migration of Django's would keep everybody from writing until an index is built. Beside other
writes PostgreSQL builds one of each table alone, and not within a transaction, so that a migration
with these needs `atomic = False`.
"""

from typing import Any

from feedback.partitions.months import TABLE, is_partitioned, tables_of
from feedback.partitions.patience import patiently

# An invalid index is what a build leaves behind when its connection is lost.
IS_UNFINISHED = """
    SELECT EXISTS (
        SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid
    )
"""
HAVE_IT = """
    SELECT indrelid::regclass::text FROM pg_inherits JOIN pg_index ON indexrelid = inhrelid
    WHERE inhparent = %s::regclass
"""


def make_index(cursor: Any, name: str, columns: str) -> None:
    """Nothing if it is there. Can be run again after any end. Raises Busy."""
    if not is_partitioned(cursor):
        build(cursor, name, TABLE, columns)
        return
    # Of no table yet, so that it takes no time. It counts as built once each month has its part.
    execute_patiently(f"CREATE INDEX IF NOT EXISTS {name} ON ONLY {TABLE} ({columns})")
    cursor.execute(HAVE_IT, [name])
    have_it = {table for (table,) in cursor.fetchall()}
    for table in sorted(tables_of(cursor) - have_it):
        part = f"{table}_{name.removeprefix('feedback_')}"
        build(cursor, part, table, columns)
        execute_patiently(f"ALTER INDEX {name} ATTACH PARTITION {part}")


def build(cursor: Any, name: str, table: str, columns: str) -> None:
    cursor.execute(IS_UNFINISHED, [name])
    if cursor.fetchone()[0]:
        cursor.execute(f"DROP INDEX CONCURRENTLY {name}")
    cursor.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} ({columns})")


def drop_index(name: str) -> None:
    """With those of all months. Raises Busy."""
    execute_patiently(f"DROP INDEX IF EXISTS {name}")


def execute_patiently(statement: str) -> None:
    patiently(lambda cursor: cursor.execute(statement))
