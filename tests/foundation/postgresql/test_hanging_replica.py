"""A replica that hangs closes no connection: whoever waits for it gets the primary's answer."""

import re

import pytest
import requests
from django.conf import settings as site

from accounts.services import issue_tokens
from classifier_site.operations.doctor import database
from tests.foundation.postgresql.test_replica import server  # noqa: F401  a fixture
from tests.operations.doctor.finding import one

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "replica"])

SOON = 30  # seconds; it takes five, and without an end to the waiting for ever


@pytest.fixture
def get(server, serve, environment, model, user, ask, tmp_path):  # noqa: F811
    ask(user)
    server.catch_up()
    log = tmp_path / "web.log"
    url = server.url(site.DATABASES["default"]["NAME"])
    # In one thread, so that a request has the connection of the one before.
    address = serve(log=log, DATABASE_REPLICA_URL=url, WEB_THREADS="1")
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}

    def get(path="/model/predictions"):
        return requests.get(address + path, headers=headers, timeout=SOON)

    get.log = log
    return get


def reads(get):
    found = re.findall(r'replica_reads_total\{by="(\w+)"\} (\S+)', get("/metrics").text)
    return {by: float(number) for by, number in found}


def read_until(get, happened):
    for _ in range(1000):
        assert len(get().json()) == 1
        if happened():
            return
    raise AssertionError(get.log.read_text())


def test_who_waits_for_a_replica_that_hangs_is_answered_by_the_primary(get, server):  # noqa: F811
    read_until(get, lambda: reads(get)["replica"] > 0)
    before = reads(get)
    with server.hanging():
        assert len(get().json()) == 1  # which nobody but the thread ends: no one else asks
        assert reads(get)["replica"] == before["replica"] + 1
        assert "is not used until it is there again: It does not answer." in get.log.read_text()
        assert len(get().json()) == 1
        assert reads(get)["primary_replica_away"] == before["primary_replica_away"] + 1
        one(database.replica, "The replica cannot be used: It does not answer.")
    read_until(get, lambda: "The replica is used again" in get.log.read_text())
    read_until(get, lambda: reads(get)["replica"] > before["replica"] + 1)
