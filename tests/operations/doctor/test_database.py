"""`doctor` finds faults of the database."""

import time

import pytest
from django.db import connection

from accounts.models import User
from classifier_site.operations.doctor import (
    database,
    redis,
)
from classifier_site.operations.doctor.findings import Severity
from tests.operations.doctor.finding import one

pytestmark = pytest.mark.django_db


def test_no_pgvector():
    assert list(database.pgvector()) == []
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE similar_vector; DROP EXTENSION vector CASCADE")
    found = one(database.pgvector, "no pgvector", severity=Severity.WARNING)
    assert "CREATE EXTENSION vector" in found.do
    assert found.fix().startswith("Made the extension")
    assert list(database.pgvector()) == []


def test_a_pending_migration():
    assert list(database.migrations()) == []
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'backups'")
    found = one(database.migrations, "older than this code", "backups.0001_initial")
    assert "manage.py migrate" in found.do


def test_a_database_of_a_newer_release():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('accounts', '9999_tomorrow', now())"
        )
    one(database.migrations, "newer than this code", "accounts.9999_tomorrow")


@pytest.mark.parametrize(("seconds", "where"), [(90, "behind"), (-90, "ahead of")])
def test_a_clock_apart_from_those_of_the_servers(monkeypatch, seconds, where):
    assert list(database.clock()) == list(redis.clock()) == []
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + seconds)
    one(database.clock, "The clock of PostgreSQL is 90 seconds", where)
    one(redis.clock, "The clock of Redis is 90 seconds", where)


def test_connections_that_are_nearly_all_taken(monkeypatch):
    monkeypatch.setattr(database, "FULL", 0.001)
    one(database.connections, "connections are taken", severity=Severity.WARNING)


def test_two_accounts_of_one_mailbox(user):
    """What `manage.py check` says."""
    assert list(database.django_checks()) == []
    User.objects.filter(pk=user.pk).update(email="ada@bücher.example")
    User.objects.create_user("ada@xn--bcher-kva.example", username="eve")
    found = one(database.django_checks, "accounts share the mailbox", severity=Severity.WARNING)
    assert "delete the others" in found.do
