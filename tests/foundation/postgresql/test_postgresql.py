"""Connections to the database: kept, and replaced when the server has closed them."""

import psycopg2
import pytest
from django.conf import settings
from django.db import DataError, close_old_connections, connection

from foundation.postgresql.prepared import Prepared
from predictions.queueing import jobs

pytestmark = pytest.mark.django_db(transaction=True)


def ask(question, *values):
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchone()[0]


@pytest.fixture
def onlooker():
    """Another connection to the same database."""
    with connection.cursor() as cursor:
        dsn = cursor.connection.dsn
    other = psycopg2.connect(dsn, password=settings.DATABASES["default"]["PASSWORD"])
    other.autocommit = True
    with other.cursor() as cursor:
        yield cursor
    other.close()


def test_a_connection_closed_by_the_server_is_replaced(onlooker):
    first = ask("SELECT pg_backend_pid()")
    onlooker.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    assert onlooker.fetchone() == (True,)

    close_old_connections()  # as a request does when it begins

    assert ask("SELECT pg_backend_pid()") != first


def test_a_good_connection_is_reused_without_a_query(onlooker):
    backend = ask("SELECT pg_backend_pid()")
    close_old_connections()

    connection.close_if_health_check_failed()

    onlooker.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [backend])
    assert onlooker.fetchone() == ("SELECT pg_backend_pid()",)
    assert ask("SELECT pg_backend_pid()") == backend


def test_connections_have_timeouts_of_at_most_half_a_minute(onlooker):
    """libpq says what it goes by; that it does was seen between two machines."""
    goes_by = onlooker.connection.info.dsn_parameters
    assert 0 < int(goes_by["tcp_user_timeout"]) <= 30_000
    idle, interval, count = (goes_by[f"keepalives_{of}"] for of in ("idle", "interval", "count"))
    assert int(idle) + int(interval) * int(count) <= 30


def test_asynchronous_commit_applies_only_to_the_workers_statement(model):
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on")  # the tests' server does without

    jobs.mark_running([])

    assert ask("SHOW synchronous_commit") == "on"
    connection.close()


SUM = Prepared("sum_of_numbers", "SELECT %(a)s::int + %(b)s::int + %(a)s::int")


def add(a, b):
    with connection.cursor() as cursor:
        SUM.execute(cursor, {"a": a, "b": b})
        return cursor.fetchone()[0]


@pytest.fixture
def fresh_connection():
    connection.close()
    yield
    connection.close()


@pytest.mark.usefixtures("fresh_connection")
def test_a_statement_is_prepared_once_for_each_connection(django_assert_num_queries):
    for _ in range(2):
        with django_assert_num_queries(3) as queries:
            assert [add(1, 2), add(3, 4), add(5, 6)] == [4, 10, 16]
        assert ["PREPARE" in query["sql"] for query in queries] == [True, False, False]
        assert ask("SELECT name FROM pg_prepared_statements") == SUM.name
        connection.close()


@pytest.mark.usefixtures("fresh_connection")
def test_the_statements_of_a_batch_are_planned_once(model):
    """With arrays PostgreSQL would plan it anew each time, unless told not to."""
    for _ in range(7):
        jobs.mark_running([])
        jobs.save_answers([])
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, generic_plans, custom_plans FROM pg_prepared_statements")
        plans = {name.rpartition("_")[0]: counts for name, *counts in cursor.fetchall()}
    assert plans == {"begin_inferences": [7, 0], "save_answers": [7, 0]}


def test_different_sql_is_prepared_separately():
    # A pooler's connection may still know the text of the release before.
    assert Prepared("sum_of_numbers", "SELECT %(a)s::int - %(b)s::int").name != SUM.name


@pytest.mark.usefixtures("fresh_connection")
def test_a_statement_is_prepared_again_behind_a_pooler(django_assert_num_queries):
    add(1, 2)
    ask("SELECT 1; DEALLOCATE ALL; SELECT 1")  # what the pooler has in hand now knows of nothing

    assert add(3, 4) == 10
    with django_assert_num_queries(1):
        assert add(5, 6) == 16

    connection.prepared.clear()  # ... and now of what another client has prepared

    assert add(7, 8) == 22
    with django_assert_num_queries(1):
        assert add(9, 10) == 28


@pytest.mark.usefixtures("fresh_connection")
def test_errors_in_values_are_raised():
    with pytest.raises(DataError):
        add("x", 1)
    assert add(1, 2) == 4


@pytest.mark.usefixtures("fresh_connection")
def test_a_statement_is_prepared_again_after_a_migration(django_assert_num_queries):
    every_name = Prepared("every_name", "SELECT * FROM renamed WHERE 1 = %(one)s::int")

    def names():
        with connection.cursor() as cursor:
            every_name.execute(cursor, {"one": 1})
            return cursor.fetchall()

    ask("CREATE TABLE renamed (name varchar(5)); INSERT INTO renamed VALUES ('Ada'); SELECT 1")
    try:
        assert names() == names() == [("Ada",)]
        ask("ALTER TABLE renamed ALTER name TYPE varchar(9); SELECT 1")
        assert names() == [("Ada",)]
        with django_assert_num_queries(2):
            assert names() == names() == [("Ada",)]
    finally:
        ask("DROP TABLE renamed; SELECT 1")
