"""A filled table gets its partitions while it is used: killed in the middle, and run again."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from importlib import import_module
from io import StringIO
from types import SimpleNamespace

import psycopg2
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.management.color import no_style
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import User
from classifier_site.one_machine.wheels import postgres_program
from classifier_site.operations.backups.database import EMPTY, count_rows
from classifier_site.operations.doctor import database
from feedback.models import Feedback
from feedback.partitions import keeping, moving, patience
from feedback.partitions.months import NUMBERS, Month, last_wanted, months
from feedback.partitions.moving import COPY
from predictions.classifiers import Classifier
from predictions.models import Image
from predictions.queueing.queue import queues
from review.models import Decision
from tests.conftest import PROJECT
from tests.servers import servers

pytestmark = pytest.mark.django_db
NAME = f"by_month_{os.getpid()}"
URL = servers.database_url.rpartition("/")[0] + f"/{NAME}"
ROWS, DAYS = 20_000, 100
COMMAND = [sys.executable, "manage.py", "partition_feedback"]
FILL = f"""
    INSERT INTO feedback_feedback (user_id, feedback, label, class_key, predicted_class, score,
        image_file_name, created_at)
    SELECT %s, 'Said ' || n, '', '', 'tabby', 0.5, 'cat.jpeg',
        now() - ({ROWS} - n) * interval '{DAYS} days' / {ROWS}
    FROM generate_series(1, {ROWS}) AS n
"""
# By what other statements name them, now and in later migrations, and what other tables hold on to.
NAMES = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = 'feedback_feedback'::regclass AND contype <> 'n'
    UNION ALL
    SELECT relname, indisunique::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = 'feedback_feedback'::regclass
    UNION ALL
    SELECT conname, pg_get_constraintdef(oid) || convalidated FROM pg_constraint
    WHERE confrelid = 'feedback_feedback'::regclass AND conparentid = 0
    UNION ALL
    SELECT relname, array_to_string(relacl, ' ') FROM pg_class WHERE relname = 'feedback_feedback'
    ORDER BY 1, 2
"""
WAITING = "datname = %s AND wait_event_type = 'Lock'"
UNFINISHED = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"


def ask(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def program(name, *arguments, **pipes):
    url = servers.database_url.rpartition("/")[0] + f"/{pipes.pop('database', NAME)}"
    command = [postgres_program(name), *arguments, f"--dbname={url}"]
    return subprocess.run(command, check=True, capture_output=True, **pipes).stdout


@pytest.fixture(scope="module")
def filled(django_db_setup, django_db_blocker):
    """A database of its own, with the tables of the others, which is asked meanwhile."""
    schema = program("pg_dump", "--schema-only", database=connection.settings_dict["NAME"])
    with django_db_blocker.unblock():
        others = connection.settings_dict["NAME"]
        ask(f"CREATE DATABASE {NAME}")
        connection.close()
        connection.settings_dict["NAME"] = NAME
        program("psql", "-q", "-v", "ON_ERROR_STOP=1", input=schema)
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = others
            ask(f"DROP DATABASE {NAME} WITH (FORCE)")


@pytest.fixture(autouse=True)
def form():
    """Here it changes."""


def rows():
    return {row[0]: row for row in ask("SELECT * FROM feedback_feedback")}


def table_of(pk):
    [[name]] = ask("SELECT tableoid::regclass::text FROM feedback_feedback WHERE id = %s", pk)
    return name


@pytest.fixture(scope="module")
def change(filled):
    """Killed when half of 20,000 rows are copied, and run again, while they change."""
    person = User.objects.create_user("ada@example.com", username="Ada")
    ask(FILL, person.pk)
    ids = list(Feedback.objects.order_by("pk").values_list("pk", flat=True))
    picture = Image.objects.create(
        sha256="0" * 64, md5="0" * 32, format="PNG", width=1, height=1, size=1
    )
    decision = Decision.objects.create(
        classifier=Classifier.objects.create(name="imagenet"),
        image=picture,
        feedback_id=ids[0],
        is_label=False,
        decided_at=timezone.now(),
    )
    ask("GRANT SELECT ON feedback_feedback TO pg_monitor")
    names = ask(NAMES)
    with pytest.MonkeyPatch.context() as patch, other_client() as cursor:
        patch.setattr(patience, "LOCK_TIMEOUT", "1ms")
        patch.setattr(patience, "PAUSE", 0)
        cursor.execute("LOCK TABLE feedback_feedback IN ROW EXCLUSIVE MODE")
        with pytest.raises(CommandError) as busy:
            call_command("partition_feedback")
    with other_client() as cursor:
        cursor.execute("SELECT FROM feedback_feedback WHERE id = %s FOR UPDATE", [ids[ROWS // 2]])
        process = start()
        wait_until(lambda: is_copied(ids[ROWS // 3]), process)
        process.kill()
        process.wait()
    for pk in (ids[10], ids[-10]):  # copied, and not yet
        Feedback.objects.get(pk=pk).delete()
    for pk in (ids[20], ids[-20]):
        Feedback.objects.filter(pk=pk).update(feedback="Said anew")
    give(person)
    interrupted = list(database.partitions())
    expected = rows()
    with other_client() as cursor:  # deletes while the copy comes by, which has to wait
        cursor.execute("DELETE FROM feedback_feedback WHERE id = %s", [ids[-30]])
        del expected[ids[-30]]
        process = start(stdout=subprocess.PIPE, text=True)
        wait_until(is_waiting, process)
    said, _ = process.communicate()
    found = {"names": names, "rows": expected, "interrupted": interrupted, "said": said}
    return SimpleNamespace(ids=ids, person=person, decision=decision, busy=str(busy.value), **found)


@contextmanager
def other_client():
    """Its transaction ends with the block."""
    with closing(psycopg2.connect(URL)) as other, other, other.cursor() as cursor:
        yield cursor


def start(**pipes):
    return subprocess.Popen(COMMAND, cwd=PROJECT, env=os.environ | {"DATABASE_URL": URL}, **pipes)


def wait_until(happened, process):
    while not happened():
        assert process.poll() is None
        time.sleep(0.02)


def is_copied(pk):
    with connection.cursor() as cursor:
        return moving.exists(cursor, COPY) and moving.copied_to(cursor) >= pk


def is_waiting():
    """For somebody who holds a lock."""
    [[number]] = ask(f"SELECT count(*) FROM pg_stat_activity WHERE {WAITING}", NAME)
    return number


def give(person, **more):
    return Feedback.objects.create(
        user=person, predicted_class="tabby", score=0.5, image_file_name="cat.jpeg", **more
    )


def test_a_kill_in_the_middle_loses_no_feedback_and_nothing_that_changed_meanwhile(change):
    assert rows() == change.rows
    assert len(change.rows) == ROWS - 3 + 1
    [[oldest]] = ask("SELECT min(created_at) FROM feedback_feedback")
    tables = len(months(Month.of(oldest), last_wanted())) + 1  # that of other months
    assert change.said == f"Done. Feedback has {tables} tables.\n"


def test_who_uses_the_table_for_long_is_waited_for_and_then_named(change):
    assert change.busy == (
        "Others have used the tables for five minutes, such as a backup. Run it again to go on."
    )


def test_the_doctor_sees_that_it_was_interrupted(change):
    [found] = change.interrupted
    assert "was interrupted" in found.says
    assert list(database.partitions()) == []


def test_each_month_has_what_was_said_in_it(change):
    for said in Feedback.objects.filter(pk__in=change.ids[::500]):
        assert table_of(said.pk) == Month.of(said.created_at).table


def test_new_ids_begin_with_the_month_and_go_on(change):
    now = Month.of(timezone.now())
    first, second = give(change.person), give(change.person)
    assert first.pk // NUMBERS == int(f"{now.year}{now.month:02}")
    assert second.pk == first.pk + 1
    assert table_of(second.pk) == now.table
    assert first.pk % NUMBERS > change.ids[-1]


def test_ids_go_on_after_the_sequence_was_set_to_the_highest(change):
    """As `loaddata` does."""
    first = give(change.person)
    for statement in connection.ops.sequence_reset_sql(no_style(), [Feedback]):
        ask(statement)
    assert give(change.person).pk == first.pk + 1


def test_indexes_constraints_and_grants_are_the_same(change):
    assert ask(NAMES) == change.names


def test_an_id_is_unique(change):
    with pytest.raises(IntegrityError, match="already exists"):
        give(change.person, pk=change.ids[0])


def test_what_refers_to_feedback_cannot_name_what_is_not_there(change):
    ask("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="is not present"), transaction.atomic():
        Decision.objects.filter(pk=change.decision.pk).update(feedback=10 * ROWS)
    with pytest.raises(IntegrityError, match="is still referenced"), transaction.atomic():
        ask("DELETE FROM feedback_feedback WHERE id = %s", change.ids[0])


def test_a_look_up_by_id_visits_one_table(change):
    plan = ask("EXPLAIN SELECT * FROM feedback_feedback WHERE id = %s", change.ids[0])
    tables = {name for (line,) in plan for name in re.findall(r" on (feedback_\w+)", line)}
    assert len(tables) == 1


def test_run_once_more_it_says_that_nothing_is_left_to_do(change):
    said = StringIO()
    call_command("partition_feedback", stdout=said)
    assert said.getvalue() == "Feedback has a table for each month already.\n"


def test_a_worker_that_finds_the_table_in_use_soon_looks_again(change, monkeypatch):
    later = timezone.now() + timedelta(days=62)
    monkeypatch.setattr(timezone, "now", lambda: later)
    queues()[0].connection.delete(keeping.MADE)
    with other_client() as cursor:
        cursor.execute("LOCK TABLE feedback_feedback IN ACCESS SHARE MODE")
        keeping.make_missing_now_and_then()
        assert keeping.missing()
    keeping.make_missing_now_and_then()
    assert keeping.missing() == []


def test_a_month_is_deleted_as_the_docs_say(change):
    docs = (PROJECT / "docs/operations.md").read_text()
    [statements] = re.findall(r"BEGIN;\n(.*DETACH.*)COMMIT;", docs, re.DOTALL)
    first = Feedback.objects.earliest("pk")
    month = Month.of(first.created_at)
    number = Feedback.objects.filter(created_at__lt=month.following.begin).count()
    before = Feedback.objects.count()
    ask(statements.replace("feedback_2025_01", month.table))
    assert Feedback.objects.count() == before - number < before
    assert Decision.objects.get().feedback is None


@pytest.mark.django_db(transaction=True)
def test_a_backup_brings_the_partitions_back(change, tmp_path):
    before = rows()
    program("pg_dump", "-Fc", f"--file={tmp_path / 'dump'}")
    program("psql", "-q", "-v", "ON_ERROR_STOP=1", input=EMPTY)
    assert ask("SELECT to_regclass('feedback_feedback')") == [(None,)]
    program("pg_restore", "--no-owner", "--exit-on-error", str(tmp_path / "dump"))
    assert rows() == before
    with connection.cursor() as cursor:
        counted = count_rows(cursor)
    assert sum(counted[name] for name in counted if name.startswith("feedback")) == len(before)
    assert ask(NAMES) == change.names
    assert table_of(give(change.person).pk) == Month.of(timezone.now()).table


@pytest.mark.django_db(transaction=True)
def test_an_index_is_built_while_others_write_and_goes_on_where_it_was_ended(change):
    grace = User.objects.create_user("grace@example.com", username="Grace")
    migration = import_module("feedback.migrations.0005_newest_of_a_person")
    migration.backwards(None, connection.schema_editor())
    with ThreadPoolExecutor(1) as thread, other_client() as cursor:
        cursor.execute(f"LOCK TABLE {Month.of(timezone.now()).table} IN ROW EXCLUSIVE MODE")
        building = thread.submit(build, migration.forwards)
        while not is_waiting():
            assert not building.done(), building.result()
            time.sleep(0.02)
        ask("SET lock_timeout = '5s'")
        give(grace)
        ask(f"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE {WAITING}", NAME)
        with pytest.raises(OperationalError, match="canceling statement"):
            building.result()
    assert ask(UNFINISHED) != []
    with other_client() as cursor, pytest.MonkeyPatch.context() as patch:
        cursor.execute("LOCK TABLE feedback_feedback IN ROW EXCLUSIVE MODE")
        patch.setattr(patience, "LOCK_TIMEOUT", "1ms")
        patch.setattr(patience, "PAUSE", 0)
        with pytest.raises(CommandError, match="Run it again to go on"):
            migration.forwards(None, connection.schema_editor())
    migration.forwards(None, connection.schema_editor())
    assert ask(UNFINISHED) == []
    assert ask(NAMES) == change.names


def build(migration):
    try:
        migration(None, connection.schema_editor())
    finally:
        connection.close()
