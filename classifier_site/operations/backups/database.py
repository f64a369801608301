"""The database of a backup is written into one that may have other tables."""

import re
import subprocess
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.db.migrations.loader import MigrationLoader
from psycopg2 import connect
from psycopg2.extensions import connection as Connection

from classifier_site import __version__
from classifier_site.operations.backups.errors import BackupError
from classifier_site.operations.backups.programs import Database, Programs
from classifier_site.operations.backups.sealing import Opener
from classifier_site.operations.backups.snapshot import DUMP, Snapshot

# All that is in the schema, except what belongs to an extension, which only its owner may drop.
EMPTY = b"""
DO $$
DECLARE
    command text;
BEGIN
    FOR command IN
        SELECT format('DROP %s IF EXISTS %s CASCADE',
            CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass)
        FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.objsubid = 0
                AND d.classid = 'pg_class'::regclass AND d.deptype IN ('e', 'i', 'a'))
        UNION ALL
        SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure)
        FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid
                AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
    LOOP
        EXECUTE command;
    END LOOP;
END $$;
"""
# Lines of `pg_restore --list`.
OF_VECTORS = r" EXTENSION - vector | public similar_"
# A partitioned table itself has no rows: its partitions, which are listed, have them.
TABLES = """
    SELECT relname, format('public.%I', relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
HAS_VECTOR = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')"
OTHERS = """
    SELECT coalesce(nullif(application_name, ''), 'a program without a name'),
        coalesce(host(client_addr), 'this machine')
    FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
        AND pid <> pg_backend_pid()
"""


def refuse_newer(snapshot: Snapshot, major: int) -> None:
    """Raises BackupError: an older service, or an older PostgreSQL, cannot read it."""
    known = MigrationLoader(None).disk_migrations
    if unknown := [pair for pair in snapshot.migrations.items() if pair not in known]:
        raise BackupError(
            f"This backup is of version {snapshot.version} of the service, with migrations that "
            f"this one, {__version__}, does not have ({'.'.join(unknown[0])}): update the code."
        )
    if snapshot.postgresql > major:
        raise BackupError(
            f"This backup is of PostgreSQL {snapshot.postgresql}, and cannot be restored into "
            f"PostgreSQL {major}."
        )


def load(
    database: Database, programs: Programs, folder: Path, snapshot: Snapshot, opener: Opener
) -> bool:
    """Puts the dump in the place of what is there, in one transaction.

    Returns whether all of it: the vectors of similar pictures need pgvector.

    Raises:
        BackupError: the database is as it was.
    """
    with opener.plain(snapshot.path(folder, DUMP)) as dump, NamedTemporaryFile("w") as chosen:
        parts = programs.output("pg_restore", "--list", str(dump)).splitlines()
        with_vectors = has_vector(database)
        if not with_vectors:
            parts = [part for part in parts if not re.search(OF_VECTORS, part)]
        chosen.write("\n".join(parts))
        chosen.flush()
        script = ["--no-owner", "--no-privileges", "--no-comments", "-f-", "-L", chosen.name]
        with programs.running(
            "psql",
            *("-XqAt", "-v", "ON_ERROR_STOP=1", f"--dbname={database.dsn}", "-f-"),
            password=database.password,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        ) as psql:
            assert psql.stdin  # noqa: S101
            # What does not come to the COMMIT, for whatever reason, is rolled back.
            psql.stdin.write(b"BEGIN;\n" + EMPTY)
            psql.stdin.flush()
            with programs.running("pg_restore", *script, str(dump), stdout=psql.stdin):
                pass
            psql.stdin.write(b"COMMIT;\nANALYZE;\n")
    return with_vectors


def count_rows(cursor: Any) -> dict[str, int]:
    """Of each table."""
    cursor.execute(TABLES)
    counts = {}
    for name, quoted in cursor.fetchall():
        cursor.execute(f"SELECT count(*) FROM {quoted}")  # noqa: S608
        [counts[name]] = cursor.fetchone()
    return counts


def compare(counts: dict[str, int], snapshot: Snapshot, *, with_vectors: bool) -> None:
    """Raises BackupError: not all rows are there that the backup counted."""
    for table, expected in snapshot.tables.items():
        is_left_out = table.startswith("similar_") and not with_vectors
        if counts.get(table) != expected and not is_left_out:
            raise BackupError(
                f"{table} has {counts.get(table, 0):,} rows, and the backup counted {expected:,}."
            )


def session(database: Database) -> Connection:
    return connect(database.dsn, password=database.password or None)


def has_vector(database: Database) -> bool:
    with session(database) as asked, asked.cursor() as cursor:
        cursor.execute(HAS_VECTOR)
        row = cursor.fetchone()
        return bool(row and row[0])
