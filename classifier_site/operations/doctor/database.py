"""PostgreSQL: its version, migrations, pgvector, connections and clock."""

import time
from collections.abc import Iterator
from contextlib import closing

from django.conf import settings
from django.core import checks
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from classifier_site.operations.doctor.clocks import compare
from classifier_site.operations.doctor.findings import Check, Finding, problem, reason, warning
from feedback.partitions import keeping, moving
from feedback.partitions.patience import Busy
from foundation.postgresql import pooling
from foundation.postgresql.replica import REPLICA, freshness
from foundation.postgresql.replica.hanging import Asking
from predictions.similar import table

OLDEST = 140_000  # 14.0, as SHOW server_version_num says it
FULL = 0.9  # of max_connections
NAMED = 5
# Which database of which server: no two start in the same microsecond.
WHICH = "SELECT current_database(), pg_postmaster_start_time()::text"


def ask(statement: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row: tuple[object, ...] = cursor.fetchone()
        return row


def version() -> Iterator[Finding]:
    number, name = ask(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version')"
    )
    if number < OLDEST:  # type: ignore[operator]
        yield problem(f"PostgreSQL is {name}.", "14 or newer is needed: see Upgrading.")


def migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    pending = [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
    if pending:
        more = f" and {len(pending) - NAMED} more" if len(pending) > NAMED else ""
        yield problem(
            f"The database is older than this code, by {len(pending)} migrations: "
            f"{', '.join(pending[:NAMED])}{more}.",
            "Back up, stop web processes and workers, and run `manage.py migrate` (compose does "
            "it with `docker compose up -d`).",
        )
    unknown = executor.loader.applied_migrations.keys() - executor.loader.disk_migrations.keys()
    ours = {app for app, _ in executor.loader.disk_migrations}
    if newer := sorted(f"{app}.{name}" for app, name in unknown if app in ours):
        yield problem(
            "The database is newer than this code, which does not know "
            f"{', '.join(newer[:NAMED])}.",
            "Run the release that made them, or restore a backup from before.",
        )


def pgvector() -> Iterator[Finding]:
    [has_halfvec] = ask(table.HAS_HALFVEC)
    [exists] = ask(table.EXISTS)
    if not has_halfvec or not exists:
        what = (
            "its table is missing" if has_halfvec else "PostgreSQL has no pgvector of 0.7 or later"
        )
        yield warning(
            f"Similar pictures cannot be found: {what}.",
            "Install pgvector where PostgreSQL runs, and have a superuser say `CREATE EXTENSION "
            "vector` in this database; then run `manage.py similar_backfill`.",
            make_table,
        )


def make_table() -> str:
    try:
        table.make()
    except table.NotSupported as error:
        return f"It could not be made: {reason(error)}"
    return "Made the extension and the table; `manage.py similar_backfill` fills it."


def partitions() -> Iterator[Finding]:
    """Of feedback, where it has some."""
    with connection.cursor() as cursor:
        interrupted = moving.is_interrupted(cursor)
    if interrupted:
        yield warning(
            "`partition_feedback` was interrupted, or is running. Until it ends, feedback is "
            "saved twice.",
            "Run `manage.py partition_feedback` again: it goes on where it was.",
        )
    if months := keeping.missing():
        yield warning(
            f"Feedback has no table for {', '.join(map(str, months))}. Nothing is lost: a "
            "table for all others takes it.",
            "Workers make the tables once a day: do any run? `manage.py doctor database --fix` "
            "makes them at once.",
            make_months,
        )


def make_months() -> str:
    try:
        keeping.make_missing()
    except Busy:
        return "Others have used the tables for five minutes, so none was made."
    return "Made the tables."


def connections() -> Iterator[Finding]:
    used, most = ask(
        "SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity "
        "WHERE backend_type = 'client backend'"
    )
    if used > FULL * most:  # type: ignore[operator]
        yield warning(
            f"{used} of PostgreSQL's {most} connections are taken.",
            "Raise max_connections, or lower WEB_WORKERS, WEB_THREADS or the number of workers.",
        )


def pooler() -> Iterator[Finding]:
    do = "Set DATABASE_DIRECT_URL to PostgreSQL itself: see PgBouncer in docs/operations.md."
    if settings.DATABASE_DIRECT is None:
        if pooling.is_pooled():
            yield warning(
                "DATABASE_URL leads to a connection pooler, so `manage.py backup`, `restore` and "
                "`similar_backfill` refuse to run.",
                do,
            )
        return
    here = ask(WHICH)
    try:
        with pooling.own_session():
            there, is_pooled = ask(WHICH), pooling.is_pooled()
    except DatabaseError as error:
        yield problem(f"DATABASE_DIRECT_URL cannot be used: {reason(error)}", do)
        return
    if here != there:
        yield problem("DATABASE_DIRECT_URL names another database than DATABASE_URL.", do)
    elif is_pooled:
        yield warning(
            "DATABASE_DIRECT_URL leads to a connection pooler, too. Unless that is in session "
            "mode, backups and restores break the sessions of others.",
            do,
        )


def replica() -> Iterator[Finding]:
    if REPLICA not in settings.DATABASES:
        return
    do = "The primary answers meanwhile. See A read replica in docs/operations.md."
    try:
        with closing(Asking()) as asking:
            asked, patience = freshness.written(), time.monotonic() + freshness.BEHIND
            while (behind := asked - freshness.replayed(asking)) > 0:
                if time.monotonic() > patience:
                    break
                time.sleep(0.1)
    except (DatabaseError, freshness.NotAReplica) as error:
        yield problem(f"The replica cannot be used: {reason(error)}", do)
        return
    if behind > 0:
        yield warning(
            f"The replica is more than {freshness.BEHIND} seconds behind, by {behind:,} bytes of "
            "write-ahead log, and is not used.",
            do,
        )


def clock() -> Iterator[Finding]:
    before = time.time()
    [theirs] = ask("SELECT extract(epoch FROM clock_timestamp())::float")
    yield from compare("PostgreSQL", before, float(theirs), time.time())  # type: ignore[arg-type]


def django_checks() -> Iterator[Finding]:
    """Django's own and the apps', of the code and of rows, as `manage.py check` has them."""
    for message in checks.run_checks(databases=["default"]):
        if not message.is_silenced():
            make = problem if message.is_serious() else warning
            yield make(reason(Exception(message.msg)), message.hint or f"See {message.id}.")


CHECKS = [
    Check(look, needs=("database",))
    for look in (
        version,
        migrations,
        pgvector,
        partitions,
        connections,
        pooler,
        replica,
        clock,
        django_checks,
    )
]
