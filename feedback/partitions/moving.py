"""A filled table becomes one with partitions, while the service runs.

A copy is made beside it, which a trigger keeps like the original from then on. Old rows follow in
batches. When both are the same, they change places. Each step is one short transaction that finds
out from the database how far it has come, so that it does not matter where it is interrupted.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.utils import timezone

from feedback.models import Feedback
from feedback.partitions.months import (
    NEXT_ID,
    OTHERS,
    TABLE,
    Month,
    is_partitioned,
    last_wanted,
    months,
)
from feedback.partitions.patience import patiently
from feedback.partitions.references import drop_references, make_references, validate_references
from foundation.web.bounded_lists import id_at

COPY, OLD = "feedback_by_month", "feedback_before_months"
ROWS = 2000  # of a batch, for which what somebody else changes among them has to wait

FOLLOW = f"""
    CREATE FUNCTION {COPY}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN DELETE FROM {COPY} WHERE id = OLD.id; END IF;
        IF TG_OP <> 'DELETE' THEN INSERT INTO {COPY} VALUES (NEW.*); END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER {COPY} AFTER INSERT OR UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION {COPY}();
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = %s::regclass
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')
"""
PRIMARY_KEY = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype = 'p'
"""
FOREIGN_KEYS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint AS ours
    WHERE conrelid = %s::regclass AND contype = 'f' AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE conrelid = %s::regclass AND conname = ours.conname)
"""
GRANTS = """
    SELECT format('GRANT %%s ON {copy} TO %%s', privilege_type,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
    FROM pg_class, aclexplode(relacl) WHERE oid = %s::regclass
"""
# Locked, so that a row which somebody deletes meanwhile is not copied after the trigger has looked
# for it.
BATCH = f"""
    WITH batch AS MATERIALIZED (
        SELECT * FROM {TABLE} WHERE id > %s ORDER BY id LIMIT {ROWS} FOR SHARE
    ), copied AS (
        INSERT INTO {COPY} SELECT * FROM batch ON CONFLICT (id) DO NOTHING
    )
    SELECT count(*), max(id) FROM batch
"""
# In one statement, which sees both as they are at the same moment.
ARE_SAME = f"""
    SELECT ({{0}} FROM {TABLE} AS said) = ({{0}} FROM {COPY} AS said)
""".format("SELECT (count(*), sum(hashtextextended(said::text, 0)::numeric))")


class Differs(Exception):
    """The copy is not what it should be; it has been deleted."""


class Progress(NamedTuple):
    copied_to: int  # id
    last: int  # id


def partition() -> Iterator[Progress]:
    """Until feedback has partitions; nothing if it has. Can be run again after any end.

    Raises:
        Busy
        Differs
    """
    patiently(make_copy)
    while patiently(refer):
        pass
    patiently(follow)
    while progress := patiently(copy_some):
        yield progress
    if not patiently(are_same):
        patiently(abandon)
        raise Differs
    patiently(swap)
    for reference in patiently(validate_references):
        patiently(reference)
    patiently(lambda cursor: cursor.execute(f"ANALYZE {TABLE}"))
    patiently(drop_old)  # at last: while it is there, something is left to be done


def exists(cursor: Any, table: str) -> bool:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
    return bool(cursor.fetchone()[0])


def is_interrupted(cursor: Any) -> bool:
    return exists(cursor, COPY) or exists(cursor, OLD)


def make_copy(cursor: Any) -> None:
    """Empty, with a table for each month since the first feedback."""
    if is_partitioned(cursor) or exists(cursor, COPY):
        return
    cursor.execute(
        f"CREATE TABLE {COPY} (LIKE {TABLE} INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY) "
        "PARTITION BY RANGE (id)"
    )
    cursor.execute(f"CREATE TABLE {OTHERS} PARTITION OF {COPY} DEFAULT")
    for table, first, end in ranges(cursor):
        cursor.execute(
            f"CREATE TABLE {table} PARTITION OF {COPY} FOR VALUES FROM ({first}) TO ({end})"
        )
    cursor.execute(INDEXES, [TABLE])
    for name, definition in cursor.fetchall():
        cursor.execute(re.sub(r"INDEX \S+ ON \S+", f"INDEX new_{name} ON {COPY}", definition))
    cursor.execute(PRIMARY_KEY, [TABLE])
    for name, definition in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {COPY} ADD CONSTRAINT new_{name} {definition}")
    cursor.execute(GRANTS.format(copy=COPY), [TABLE])
    for (grant,) in cursor.fetchall():
        cursor.execute(grant)


def refer(cursor: Any) -> bool:
    """Makes a foreign key of the copy, and returns whether there was one left to be made.

    Each in its own transaction: meanwhile nobody writes to the table that it refers to.
    """
    if is_partitioned(cursor):
        return False
    cursor.execute(FOREIGN_KEYS, [TABLE, COPY])
    found = cursor.fetchone()
    if found:
        cursor.execute("ALTER TABLE {} ADD CONSTRAINT {} {}".format(COPY, *found))
    return bool(found)


def follow(cursor: Any) -> None:
    """From now on the copy gets what changes."""
    if is_partitioned(cursor):
        return
    cursor.execute("SELECT EXISTS (SELECT FROM pg_proc WHERE proname = %s)", [COPY])
    if not cursor.fetchone()[0]:
        cursor.execute(FOLLOW)


def ranges(cursor: Any) -> Iterator[tuple[str, int | str, int]]:
    """The tables of the months: name, first id, and the first id after them.

    Until now the ids did not begin with the month. What was said in a month lies between the ids
    that were next when it and the following one began.
    """
    cursor.execute(f"SELECT created_at FROM {TABLE} ORDER BY id LIMIT 1")
    earliest = cursor.fetchone()
    now = Month.of(timezone.now())
    first: int | str = "MINVALUE"
    for month in months(Month.of(*earliest), now)[:-1] if earliest else []:
        end = id_at(Feedback, month.following.begin)
        if first == "MINVALUE" or end > int(first):  # or nobody said anything
            yield month.table, first, end
            first = end
    yield now.table, first, now.following.first_id
    for month in months(now.following, last_wanted()):
        yield month.table, month.first_id, month.following.first_id


def copied_to(cursor: Any) -> int:
    """The id of the last row that was copied in its turn. It is kept as the copy's comment."""
    cursor.execute("SELECT obj_description(%s::regclass)", [COPY])
    return int(cursor.fetchone()[0] or 0)


def copy_some(cursor: Any) -> Progress | None:
    """None: it has come to the end. What is said from then on, the trigger copies."""
    if is_partitioned(cursor):
        return None
    cursor.execute(BATCH, [copied_to(cursor)])
    number, last = cursor.fetchone()
    if number < ROWS:
        return None
    cursor.execute(f"COMMENT ON TABLE {COPY} IS '{last}'")
    cursor.execute(f"SELECT max(id) FROM {TABLE}")
    return Progress(last, cursor.fetchone()[0] or last)


def are_same(cursor: Any) -> bool:
    if is_partitioned(cursor):
        return True
    cursor.execute(ARE_SAME)
    return bool(cursor.fetchone()[0])


def abandon(cursor: Any) -> None:
    cursor.execute(f"DROP FUNCTION IF EXISTS {COPY}() CASCADE")
    cursor.execute(f"DROP TABLE IF EXISTS {COPY}")


def swap(cursor: Any) -> None:
    """The copy takes the place and the names of the table."""
    if is_partitioned(cursor):
        return
    cursor.execute(f"LOCK TABLE {TABLE}, {COPY} IN ACCESS EXCLUSIVE MODE")
    references = drop_references(cursor)
    cursor.execute(f"DROP FUNCTION {COPY}() CASCADE")  # with the trigger
    rename(cursor, TABLE, OLD, lambda index: f"old_{index}")
    cursor.execute(f"ALTER SEQUENCE {TABLE}_id_seq RENAME TO {OLD}_id_seq")
    rename(cursor, COPY, TABLE, lambda index: index.removeprefix("new_"))
    cursor.execute(f"CREATE SEQUENCE {TABLE}_id_seq OWNED BY {TABLE}.id")
    cursor.execute(f"SELECT setval('{TABLE}_id_seq', last_value, is_called) FROM {OLD}_id_seq")
    cursor.execute(f"ALTER TABLE {TABLE} ALTER id SET DEFAULT {NEXT_ID}")
    cursor.execute(f"COMMENT ON TABLE {TABLE} IS NULL")
    make_references(cursor, references)


def drop_old(cursor: Any) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {OLD}")


def rename(cursor: Any, table: str, to: str, index_to: Callable[[str], str]) -> None:
    cursor.execute(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass", [table]
    )
    for (index,) in cursor.fetchall():
        cursor.execute(f"ALTER INDEX {index} RENAME TO {index_to(index)}")
    cursor.execute(f"ALTER TABLE {table} RENAME TO {to}")
