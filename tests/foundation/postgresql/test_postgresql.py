"""Connections to the database: kept, and replaced when the server has closed them."""

import psycopg2
import pytest
from django.conf import settings
from django.db import close_old_connections, connection

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
