"""Behind the real PgBouncer in transaction mode, whose few sessions all share."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests
from django.conf import settings as site
from django.db import connection, connections
from django.test import Client

from accounts.services import issue_tokens
from classifier_site.operations.doctor import database
from classifier_site.operations.doctor.findings import Severity
from predictions.queueing.queue import QUEUE_NAMES
from tests import pgbouncer, workers
from tests.conftest import PROJECT
from tests.operations.doctor.finding import one
from tests.pictures import picture

pytestmark = pytest.mark.django_db(transaction=True)

SESSIONS = 3
PEOPLE = 8  # at once
# What PgBouncer itself sets for each client.
ITS_OWN = ["DateStyle", "TimeZone", "application_name", "client_encoding"]
LEFT_BEHIND = f"""
    SELECT 'setting ' || name || '=' || setting FROM pg_settings
    WHERE source = 'session' AND name NOT IN {*ITS_OWN, "standard_conforming_strings"}
    UNION ALL SELECT 'cursor ' || name FROM pg_cursors
    UNION ALL SELECT 'statement ' || name FROM pg_prepared_statements
    UNION ALL SELECT 'channel ' || pg_listening_channels()
    UNION ALL SELECT 'lock ' || mode FROM pg_locks
    WHERE locktype = 'advisory' AND pid = pg_backend_pid()
"""


@pytest.fixture(scope="module")
def bouncer(tmp_path_factory: Any) -> Iterator[pgbouncer.PgBouncer]:
    with pgbouncer.running(tmp_path_factory.mktemp("pgbouncer"), sessions=SESSIONS) as running:
        yield running


@pytest.fixture(scope="module")
def pooled(bouncer: pgbouncer.PgBouncer, environment: dict[str, str]) -> dict[str, str]:
    """What a process needs to work behind it."""
    return environment | {"DATABASE_URL": bouncer.url(site.DATABASES["default"]["NAME"])}


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], pooled: dict[str, str]) -> str:
    """Of a site behind it."""
    return serve(DATABASE_URL=pooled["DATABASE_URL"])


@pytest.fixture
def pooled_worker(model: Any, pooled: dict[str, str], tmp_path: Path) -> Iterator[None]:
    with workers.running(pooled, tmp_path / "worker.log", *QUEUE_NAMES):
        yield


def left_behind(url: str) -> list[str]:
    """What transactions have left in the sessions of the pool."""
    found = []
    with ExitStack() as held:
        for _session in range(SESSIONS):
            opened = held.enter_context(closing(psycopg2.connect(url)))
            cursor = opened.cursor()  # its transaction keeps the session
            cursor.execute(LEFT_BEHIND)
            found += [line for [line] in cursor.fetchall()]
    return found


def signed_in(person: Any) -> requests.Session:
    browser, session = Client(), requests.Session()
    browser.force_login(person)
    session.cookies.set(site.SESSION_COOKIE_NAME, browser.cookies[site.SESSION_COOKIE_NAME].value)
    session.headers["Authorization"] = f"Bearer {issue_tokens(person).access}"
    return session


def test_all_works_and_nothing_stays_in_shared_sessions(pooled_worker, address, pooled, make_user):
    people = [
        signed_in(make_user(f"{number}@example.com", is_staff=True, is_superuser=True))
        for number in range(PEOPLE)
    ]

    def answered(response: requests.Response) -> requests.Response:
        assert response.ok, (response.url, response.status_code, response.text[:500])
        return response

    def day_of(number: int) -> None:
        person = people[number]
        for shade in range(3):
            file = picture((number, shade, 200), f"{shade}.png")
            asked = answered(person.post(f"{address}/model/predict", files={"file": file})).json()
        answered(
            person.post(
                f"{address}/feedback",
                {
                    "feedback": "No.",
                    "score": asked["score"],
                    "predicted_class": asked["prediction"],
                    "image_file_name": asked["image_file_name"],
                },
            )
        )
        assert answered(person.get(f"{address}/model/predictions")).json()
        exported = answered(person.get(f"{address}/history/export.json")).json()
        assert len(exported) == 3
        for page in (
            "history",
            "accounts/export.zip",
            "admin/predictions/prediction/",
            "admin/auth/group/add/",
        ):
            answered(person.get(f"{address}/{page}"))
        answered(person.delete(f"{address}/model/predictions/{asked['id']}"))

    with ThreadPoolExecutor(PEOPLE) as threads:
        list(threads.map(day_of, range(PEOPLE)))
    assert left_behind(pooled["DATABASE_URL"]) == []


def test_a_pause_of_the_database_is_a_503_and_all_goes_on_afterwards(address, bouncer, user):
    person = signed_in(user)
    assert person.get(f"{address}/users/me").ok
    bouncer.tell("PAUSE")
    try:
        refused = person.get(f"{address}/users/me")
        health = requests.get(f"{address}/health").json()
    finally:
        bouncer.tell("RESUME")
    assert refused.status_code == 503, refused.text
    assert health["database"] == "unreachable"
    assert person.get(f"{address}/users/me").ok


@pytest.mark.parametrize(
    "command", [["backup", "FOLDER"], ["restore", "FOLDER"], ["similar_backfill"]]
)
def test_what_needs_a_session_of_its_own_refuses_shared_ones(pooled, tmp_path, command):
    words = [str(tmp_path) if word == "FOLDER" else word for word in command]
    refused = manage(pooled, *words)
    assert refused.returncode == 1
    assert refused.stderr == (
        "CommandError: DATABASE_URL leads to a connection pooler, and this needs a session of its "
        "own. Set DATABASE_DIRECT_URL to PostgreSQL itself.\n"
    )


def test_they_work_with_the_direct_address(environment, pooled, tmp_path, ask, user):
    ask(user)
    direct = pooled | {"DATABASE_DIRECT_URL": environment["DATABASE_URL"]}
    for command in (["backup", str(tmp_path / "backups")], ["similar_backfill"]):
        done = manage(direct, *command)
        assert done.returncode == 0, done.stderr
    assert left_behind(pooled["DATABASE_URL"]) == []


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def behind(pooled: dict[str, str], bouncer: pgbouncer.PgBouncer) -> Iterator[None]:
    """This process's own connection leads through it."""
    before = connection.settings_dict
    connection.close()
    there = {"HOST": "127.0.0.1", "PORT": bouncer.port, "OPTIONS": {}}
    connections["default"].settings_dict = {**before, **there}
    yield
    connection.close()
    connections["default"].settings_dict = before


def test_doctor_asks_for_the_direct_address(behind, settings):
    found = one(database.pooler, "leads to a connection pooler", severity=Severity.WARNING)
    assert "DATABASE_DIRECT_URL" in found.do

    right = {**site.DATABASES["default"], "OPTIONS": {}}
    settings.DATABASE_DIRECT = right
    assert list(database.pooler()) == []
    settings.DATABASE_DIRECT = {**right, "NAME": "postgres"}
    one(database.pooler, "another database")
    settings.DATABASE_DIRECT = {**right, "PORT": 1}
    one(database.pooler, "DATABASE_DIRECT_URL cannot be used")
    settings.DATABASE_DIRECT = {"CONN_MAX_AGE": 0}
    one(database.pooler, "pooler, too", severity=Severity.WARNING)


def test_doctor_says_nothing_without_a_pooler(db):
    assert list(database.pooler()) == []
