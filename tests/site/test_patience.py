"""Requests that wait for an answer leave threads for those that do not wait."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from runpy import run_path
from typing import Any

import pytest
import requests

from accounts.services import issue_tokens
from predictions import patience
from predictions.models import Prediction
from tests.conftest import PROJECT
from tests.pictures import shades


@pytest.fixture
def site_without_worker(serve, settings):
    """Eight threads, a Redis database that no worker listens to."""
    return serve(REDIS_URL=f"{settings.REDIS_URL}?db=1", WEB_THREADS="8", PREDICT_TIMEOUT="15")


def test_the_site_answers_while_nobody_gets_an_answer(
    transactional_db, model, user, site_without_worker
):
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}

    def send(file: Any) -> requests.Response:
        return requests.post(
            f"{site_without_worker}/model/predict",
            headers=headers,
            files={"file": file},
            timeout=60,
        )

    with ThreadPoolExecutor(16) as clients:
        sent = [clients.submit(send, file) for file in shades(16)]
        deadline = time.monotonic() + 10
        while Prediction.objects.count() < 8:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        # Had it to wait for one of the eight, it would take the fifteen seconds that they wait.
        assert requests.get(f"{site_without_worker}/health/live", timeout=10).ok
        assert {future.result().status_code for future in sent} == {504}
    assert Prediction.objects.count() == 16


@pytest.fixture
def clock(monkeypatch):
    """Its only item is what time it is, in seconds."""
    time = [100.0]
    monkeypatch.setattr(patience, "monotonic", lambda: time[0])
    return time


class TestWithEightThreads:
    @pytest.fixture(autouse=True)
    def eight(self, settings):
        settings.WEB_THREADS = 8

    def test_seven_wait_as_long_as_they_like(self, clock):
        with ExitStack() as waiting:
            given = [waiting.enter_context(patience.patience(30)) for _ in range(7)]
        assert given == [30] * 7

    def test_the_last_waits_while_answers_may_come_soon(self, clock):
        with ExitStack() as waiting:
            for _ in range(7):
                waiting.enter_context(patience.patience(30))
            clock[0] += 2
            assert waiting.enter_context(patience.patience(30)) == patience.SOON - 2
            clock[0] += 20
            assert waiting.enter_context(patience.patience(30)) == 0

    def test_one_picture_that_takes_long_makes_nobody_impatient(self, clock):
        with ExitStack() as waiting:
            waiting.enter_context(patience.patience(30))
            clock[0] += 20
            for _ in range(6):
                waiting.enter_context(patience.patience(30))
            assert waiting.enter_context(patience.patience(30)) == patience.SOON

    def test_who_has_an_answer_waits_no_longer(self, clock):
        for _ in range(100):
            with patience.patience(30) as seconds:
                assert seconds == 30

    def test_a_shorter_wait_stays_as_it_is(self, clock):
        with ExitStack() as waiting:
            for _ in range(7):
                waiting.enter_context(patience.patience(30))
            assert waiting.enter_context(patience.patience(1)) == 1


def test_a_single_thread_may_wait(settings):
    settings.WEB_THREADS = 1
    with patience.patience(30) as seconds:
        assert seconds == 30


def test_gunicorn_has_as_many_threads_as_settings_say(settings):
    gunicorn = run_path(str(PROJECT / "classifier_site" / "gunicorn.conf.py"))
    assert gunicorn["threads"] == settings.WEB_THREADS
