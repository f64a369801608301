"""The tables of coming months are made by a worker, before anything is said in them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from classifier_site.operations.doctor import database
from classifier_site.operations.doctor.findings import Severity
from feedback.partitions import keeping
from feedback.partitions.months import OTHERS, TABLE, Month, tables_of
from feedback.services import give_feedback
from predictions.queueing.chores import maintained
from predictions.queueing.queue import queues
from review.models import Decision
from tests.operations.doctor.finding import one


@pytest.fixture(autouse=True)
def form(db):
    call_command("partition_feedback")
    queues()[0].connection.delete(keeping.MADE)


@pytest.fixture
def in_months(monkeypatch):
    """Lets it be so many months later, by the clock of this process."""

    def later(number):
        month = Month.of(timezone.now())
        for _ in range(number):
            month = month.following
        now = month.begin + timedelta(days=14)
        monkeypatch.setattr(timezone, "now", lambda: now)
        return month

    return later


def tables():
    with connection.cursor() as cursor:
        return tables_of(cursor)


def execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def table_of(said):
    [[name]] = execute(f"SELECT tableoid::regclass::text FROM {TABLE} WHERE id = %s", said.pk)
    return name


def test_the_current_month_and_two_more_have_a_table_from_the_start():
    now = Month.of(timezone.now())
    expected = {now.table, now.following.table, now.following.following.table, OTHERS}
    assert tables() == expected


def test_a_worker_makes_those_of_further_months(in_months):
    before = tables()
    month = in_months(2)
    maintained.send(None)
    assert tables() - before == {month.following.table, month.following.following.table}


def test_it_looks_once_a_day(in_months):
    maintained.send(None)
    before = tables()
    in_months(1)
    maintained.send(None)
    assert tables() == before


def test_one_table_stays_one_table(in_months):
    execute(f"ALTER TABLE {TABLE} RENAME TO feedback_in_months")
    execute(f"CREATE TABLE {TABLE} (LIKE feedback_in_months)")
    in_months(3)
    maintained.send(None)
    assert tables() == set()
    assert list(database.partitions()) == []


@pytest.fixture
def said_too_late(user, ask, in_months):
    """In a month that has no table yet; a reviewer has decided about it."""
    said = give_feedback(ask(user), correct=True, label="")
    month = Month.of(timezone.now()).following.following.following
    late = month.first_id + said.pk % 10**10
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute(f"UPDATE {TABLE} SET id = %s WHERE id = %s", late, said.pk)
    said.pk = late
    Decision.objects.create(
        classifier=said.classifier,
        image=said.prediction.image,
        feedback=said,
        is_label=False,
        decided_at=timezone.now(),
    )
    return said


def test_what_is_said_in_a_month_without_a_table_is_kept(said_too_late):
    assert table_of(said_too_late) == OTHERS


def test_it_moves_into_its_own_table_when_that_is_made(said_too_late, in_months):
    month = in_months(3)
    maintained.send(None)
    assert table_of(said_too_late) == month.table
    assert Decision.objects.get().feedback == said_too_late
    with pytest.raises(IntegrityError, match="still referenced"), transaction.atomic():
        execute(f"DELETE FROM {TABLE}")
    assert execute(
        "SELECT bool_and(convalidated) FROM pg_constraint WHERE confrelid = %s::regclass", TABLE
    ) == [(True,)]


def test_the_doctor_misses_a_table_and_makes_it(in_months):
    assert list(database.partitions()) == []
    month = in_months(1).following.following
    found = one(database.partitions, f"no table for {month}", severity=Severity.WARNING)
    assert found.fix() == "Made the tables."
    assert month.table in tables()
    assert list(database.partitions()) == []


@pytest.mark.parametrize(
    ("moment", "month", "following"),
    [
        (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), (2026, 11), (2026, 12)),
        (datetime(2026, 12, 1, tzinfo=UTC), (2026, 12), (2027, 1)),
    ],
)
def test_months_of_a_year(moment, month, following):
    assert Month.of(moment) == month
    assert Month.of(moment).following == following
