"""Limits on what costs little a time: reads, feedback, exports. By person, and with one command."""

import socket
from contextlib import contextmanager

import pytest
from django.conf import settings as site_settings
from django.core.cache import cache
from redis import Redis

from feedback.models import Feedback
from foundation.web import throttles
from foundation.web.throttles import ReadThrottle
from tests.accounts.test_limits import assert_limited

READS = [
    "/model",
    "/model/labels",
    "/model/predictions",
    "/models",
    "/models/imagenet",
    "/models/imagenet/versions",
    "/models/imagenet/labels",
    "/model/predictions/{prediction}",
    "/model/predictions/{prediction}/image",
    "/feedback",
    "/users/me",
    "/users/{user}",
]
EXPORTS = ["/history/export.csv", "/history/export.json", "/accounts/export.zip"]


@pytest.fixture
def limit(monkeypatch):
    """Sets a rate as THROTTLE_READ and its like would."""
    return lambda scope, rate: monkeypatch.setitem(ReadThrottle.THROTTLE_RATES, scope, rate)


@pytest.fixture
def grace(make_user):
    return make_user("grace@example.com")


@pytest.mark.parametrize("path", READS)
def test_every_read_is_counted(limit, api, api_for, grace, user, ask, path):
    limit("read", "1/min")
    path = path.format(prediction=ask(user).pk, user=user.pk)
    assert api.get(path).status_code == 200
    assert_limited(api.get("/users/me"))
    assert api_for(grace).get("/users/me").status_code == 200


def test_listing_people_is_counted(limit, api_for, staff):
    limit("read", "1/min")
    assert api_for(staff).get("/users").status_code == 200
    assert_limited(api_for(staff).get("/users"))


def test_changing_the_name_and_deleting_are_counted(limit, api, user, ask):
    limit("read", "2/min")
    prediction = ask(user)
    assert api.patch(f"/users/{user.pk}", {"username": "Countess"}).status_code == 200
    assert api.delete(f"/model/predictions/{prediction.pk}").status_code == 204
    assert_limited(api.patch(f"/users/{user.pk}", {"username": "Ada"}))


def test_anonymous_reads_of_the_schema_are_limited_by_address(limit, client, db):
    limit("read", "1/min")
    assert client.get("/schema").status_code == 200
    assert_limited(client.get("/schema"))
    assert client.get("/schema", REMOTE_ADDR="192.0.2.7").status_code == 200


@pytest.mark.parametrize("path", ["/health", "/health/live", "/metrics"])
def test_probes_are_not_counted(limit, client, db, path):
    limit("read", "1/min")
    assert len({client.get(path).status_code for _ in range(3)} - {429}) == 1


def said(prediction):
    return {
        "feedback": "",
        "score": 0.9,
        "predicted_class": "espresso",
        "image_file_name": prediction.image_file_name,
    }


def test_feedback_through_api_and_pages_is_counted_together(limit, api, page, user, ask):
    limit("feedback", "2/min")
    prediction = ask(user)
    form = f"/history/{prediction.pk}/feedback"
    assert api.post("/feedback", said(prediction)).status_code == 201
    assert page.post(form, {"correct": "yes"}).status_code == 302

    refused = page.post(form, {"correct": "no"})
    assert_limited(refused)
    assert "text/html" in refused["Content-Type"]
    assert_limited(api.post("/feedback", said(prediction)))
    assert Feedback.objects.filter(correct=False).count() == 0
    assert api.get("/feedback").status_code == 200


def test_feedback_is_counted_by_person(limit, api, api_for, grace, user, ask):
    limit("feedback", "1/min")
    prediction = ask(user)
    assert api.post("/feedback", said(prediction)).status_code == 201
    assert api_for(grace).post("/feedback", said(prediction)).status_code == 201
    assert_limited(api.post("/feedback", said(prediction)))


@pytest.mark.parametrize("path", EXPORTS)
def test_all_exports_are_counted_together(limit, page, page_for, grace, path):
    limit("export", "1/min")
    assert page.get(path).status_code == 200
    for other in EXPORTS:
        assert_limited(page.get(other))
    assert page_for(grace).get(path).status_code == 200
    assert page.get("/history").status_code == 200


def test_a_head_request_counts_as_an_export(limit, page):
    limit("export", "1/min")
    assert page.head(EXPORTS[0]).status_code == 200
    assert_limited(page.get(EXPORTS[0]))


@pytest.fixture
def commands(monkeypatch):
    """What the limiter sends to Redis, in a part of it that is its own."""
    url = f"{site_settings.REDIS_URL.partition('?')[0]}?db=9"
    monkeypatch.setattr(throttles, "limiter", throttles.limiter_at(url))
    throttles.limiter.hit(throttles.item("1/min"), "once, to connect and to load the script")
    with Redis.from_url(url) as redis:

        @contextmanager
        def commands():
            found = []
            with redis.monitor() as monitor:
                yield found
                throttles.limiter.storage.storage.echo("end")
                while "ECHO end" not in (command := monitor.next_command())["command"]:
                    if command["db"] == 9 and command["client_type"] != "lua":
                        found.append(command["command"].split()[0])

        yield commands
        redis.flushdb()


def test_counting_a_request_takes_one_redis_command(limit, commands, api, user, ask):
    for scope in ("read", "feedback"):
        limit(scope, "100/min")
    prediction = ask(user)
    cache.clear()
    for send in (
        lambda: api.get("/users/me"),
        lambda: api.get(f"/model/predictions/{prediction.pk}"),
        lambda: api.post("/feedback", said(prediction)),
        lambda: api.patch(f"/users/{user.pk}", {"username": "Countess"}),
    ):
        with commands() as sent:
            assert send().status_code < 300
        assert sent == ["EVALSHA"]


def test_reads_are_answered_while_redis_cannot_be_reached(limit, monkeypatch, api):
    limit("read", "1/min")
    monkeypatch.setattr(throttles, "limiter", throttles.limiter_at("redis://127.0.0.1:1/0"))
    assert [api.get("/users/me").status_code for _ in range(3)] == [200, 200, 200]


def test_a_hanging_redis_is_not_queried_again_at_once(limit, monkeypatch, api):
    limit("read", "1/min")
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        hanging.setblocking(False)
        url = f"redis://127.0.0.1:{hanging.getsockname()[1]}/0"
        monkeypatch.setattr(throttles, "limiter", throttles.limiter_at(url))
        assert [api.get("/users/me").status_code for _ in range(3)] == [200, 200, 200]
        hanging.accept()[0].close()
        with pytest.raises(BlockingIOError):  # nobody else has come
            hanging.accept()
