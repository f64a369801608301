"""Reads that may be a moment old go to a real replica, and to the primary when it is gone."""

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from django.conf import settings as site
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts.services import issue_tokens
from classifier_site.operations.doctor import database
from classifier_site.operations.doctor.findings import Severity
from foundation.postgresql.replica import freshness as looking
from foundation.postgresql.replica import reading
from foundation.postgresql.replica.freshness import freshness
from predictions.models import Prediction
from tests import replica
from tests.operations.doctor.finding import one

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "replica"])

MIDDLEWARE = "foundation.postgresql.replica.reading.OwnWritesMiddleware"
ROUTER = "foundation.postgresql.replica.router.Router"


@pytest.fixture(scope="module", autouse=True)
def server(django_db_setup: None, tmp_path_factory: Any) -> Iterator[replica.Replica]:
    """This process knows it, as if DATABASE_REPLICA_URL named it."""
    site.DATABASES["replica"] = {
        **site.DATABASES["default"],
        "ENGINE": "foundation.postgresql.replica",
        "PORT": 5433,
        "TEST": {**site.DATABASES["default"]["TEST"], "MIRROR": "default"},
    }
    with replica.running(tmp_path_factory.mktemp("replica")) as running:
        yield running
    del connections["replica"], site.DATABASES["replica"]


@pytest.fixture
def copy(
    server: replica.Replica, transactional_db: None, settings: Any, monkeypatch: Any
) -> Iterator[replica.Replica]:
    """It is known to be fresh, and this process looks again when a test says so."""
    settings.DATABASE_ROUTERS = [ROUTER]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, MIDDLEWARE]
    monkeypatch.setattr(looking, "BEHIND", 3600)
    server.catch_up()
    look()
    assert freshness.is_fresh()
    yield server
    connections["replica"].close()
    freshness.__init__()  # type: ignore[misc]


def look() -> None:
    """Now, and never by itself: the thread would keep a connection to the tests' database."""
    freshness.samples.clear()
    freshness.look()
    freshness.next_look = float("inf")


def shown(answer: Any) -> int:
    """How many predictions a list of the API, a page or a list of the admin has."""
    assert answer.status_code == 200, answer.content
    if answer["Content-Type"] == "application/json":
        return len(answer.json())
    context = answer.context
    return len(context["cl"].result_list if "cl" in context else context["predictions"])


def test_those_who_have_just_written_nothing_read_from_the_replica(
    copy, api, page, user, ask, staff, page_for
):
    ask(user, "coffee.png")
    copy.catch_up()
    lists = (
        lambda: api.get("/model/predictions"),
        lambda: page.get("/history"),
        lambda: page_for(staff).get("/admin/predictions/prediction/"),
    )
    with copy.paused():
        ask(user, "chelsea.png")
        assert [shown(get()) for get in lists] == [1, 1, 1]
        assert len(json.loads(page.get("/history/export.json").getvalue())) == 1
        assert len(api.get("/model/predictions", {"status": "done"}).json()) == 1
    copy.catch_up()
    assert [shown(get()) for get in lists] == [2, 2, 2]


@pytest.mark.parametrize("way", ["token", "session"])
def test_people_find_what_they_have_just_written(copy, api, page, user, ask, way):
    with copy.paused():
        said = ask(user)
        if way == "token":
            changed = api.delete(f"/model/predictions/{ask(user, 'chelsea.png').pk}")
        else:
            other = ask(user, "chelsea.png")
            changed = page.post("/history/delete", {"id": str(other.pk), "confirmed": "1"})
        assert changed.status_code < 400, changed.content
        for client in (api, page):
            assert shown(client.get(ROUTES[client is api])) == 1
        assert api.get("/model/predictions").json()[0]["id"] == str(said.pk)


ROUTES = {True: "/model/predictions", False: "/history"}


def test_what_is_not_a_list_never_comes_from_the_replica(copy, api, page, user, ask):
    """Signing in, permissions, one's own single prediction, anything that writes."""
    with copy.paused():
        said = ask(user)
        with CaptureQueriesContext(connections["replica"]) as asked:
            assert api.get(f"/model/predictions/{said.pk}").status_code == 200
            assert page.get(f"/history/{said.pk}/image").status_code == 200
            assert page.post("/history/export.json", {"ids": str(said.pk)}).status_code == 200
            assert api.get("/users/me").status_code == 200
        assert asked.captured_queries == []


def test_what_comes_from_the_replica_is_written_to_the_primary(copy, user, ask):
    said = ask(user)
    copy.catch_up()
    found = Prediction.objects.using("replica").get(pk=said.pk)
    found.file_name = "renamed.png"
    found.save()
    assert Prediction.objects.get(pk=said.pk).file_name == "renamed.png"


def test_the_primary_answers_when_the_replica_is_lost(copy, api, page, user, ask, log_lines):
    ask(user)
    copy.catch_up()
    assert shown(api.get("/model/predictions")) == 1
    copy.stop()
    try:
        # In the middle of a connection, then without one, then while it is known to be away.
        for _time in range(3):
            assert shown(api.get("/model/predictions")) == 1
            freshness.fresh_until = float("inf") if _time == 0 else freshness.fresh_until
        [warning] = [line for line in log_lines() if line["level"] == "warning"]
        assert "The replica is not used until it is there again" in warning["event"]
        look()
        assert not freshness.is_fresh()
        assert shown(page.get("/history")) == 1
        one(database.replica, "The replica cannot be used")
    finally:
        copy.start()
    look()
    assert freshness.is_fresh()
    assert log_lines()[-1]["event"] == "The replica is used again."
    with CaptureQueriesContext(connections["replica"]) as asked:
        assert shown(api.get("/model/predictions")) == 1
    assert asked.captured_queries


def test_a_replica_that_is_behind_is_not_used(copy, api, user, ask, monkeypatch):
    assert list(database.replica()) == []
    with copy.paused():
        ask(user)
        copy.arrive()
        look()
        assert not freshness.is_fresh()
        assert shown(api.get("/model/predictions")) == 1
        monkeypatch.setattr(looking, "BEHIND", 0)
        one(database.replica, "behind, by", severity=Severity.WARNING)


def test_the_database_itself_is_no_replica(copy, log_lines, monkeypatch):
    monkeypatch.setitem(connections["replica"].settings_dict, "PORT", "")
    freshness.replica.close()
    look()
    assert not freshness.is_fresh()
    assert "a replica no longer" in log_lines()[-1]["event"]
    one(database.replica, "a replica no longer")


def test_redis_away_means_the_primary(copy, user, monkeypatch):
    monkeypatch.setattr(reading.limiter, "away_until", float("inf"))
    assert reading.has_just_written(user.pk)


def test_no_request_fails_while_the_replica_is_killed_and_comes_back(
    server, serve, environment, model, user, ask, tmp_path
):
    ask(user)
    server.catch_up()
    log = tmp_path / "web.log"
    name = site.DATABASES["default"]["NAME"]
    address = serve(log=log, DATABASE_REPLICA_URL=server.url(name))
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}
    told = []

    def reads() -> dict[str, float]:
        metrics = requests.get(f"{address}/metrics").text
        found = re.findall(r'replica_reads_total\{by="(\w+)"\} (\S+)', metrics)
        return {by: float(number) for by, number in found}

    def read_until(happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not happened():
            assert time.monotonic() < deadline, log.read_text()
            with ThreadPoolExecutor(4) as threads:
                urls = [f"{address}/model/predictions"] * 8
                told.extend(threads.map(lambda url: requests.get(url, headers=headers), urls))

    read_until(lambda: reads()["replica"] > 0)
    server.stop()
    try:
        read_until(lambda: "is not used until it is there again" in log.read_text())
    finally:
        server.start()
    read_until(lambda: "The replica is used again" in log.read_text())
    assert {answer.status_code for answer in told} == {200}
    assert {len(answer.json()) for answer in told} == {1}
