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
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}", "Prefer": "wait=15"}

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
        answers = [future.result() for future in sent]
        assert {answer.status_code for answer in answers} == {504}
        # Said to those alone that have waited so long.
        applied = [answer.headers.get("Preference-Applied") for answer in answers]
        assert sorted(applied, key=str) == [None] * 9 + ["wait=15"] * 7
    assert Prediction.objects.count() == 16


@pytest.fixture
def clock(monkeypatch):
    """Its only item is what time it is, in seconds."""
    time = [100.0]
    monkeypatch.setattr(patience, "monotonic", lambda: time[0])
    return time


class TestOfEightThreads:
    @pytest.fixture
    def eight(self, clock):
        return patience.Patience(8)

    @pytest.fixture
    def seven_wait(self, eight):
        with ExitStack() as waiting:
            yield [waiting.enter_context(eight.wait(30)).seconds for _ in range(7)]

    @pytest.fixture
    def nobody_is_answered(self, eight, clock):
        with eight.wait(30):
            clock[0] += 30

    def test_seven_wait_as_long_as_they_like(self, seven_wait):
        assert seven_wait == [30] * 7

    def test_the_last_waits_while_answers_may_come_soon(self, eight, seven_wait):
        with eight.wait(30) as last:
            assert last.seconds == patience.SOON

    def test_it_waits_no_longer_than_it_would(self, eight, seven_wait):
        with eight.wait(1) as last:
            assert last.seconds == 1

    def test_when_none_comes_one_tries_and_the_others_leave(
        self, eight, nobody_is_answered, seven_wait, clock
    ):
        with eight.wait(30) as trying:
            assert trying.seconds == 1
        with eight.wait(30) as leaving:
            assert leaving.seconds == 0
        clock[0] += patience.SOON + 1
        with eight.wait(30) as trying:
            assert trying.seconds == 1

    def test_an_answer_gives_patience_back(self, eight, nobody_is_answered, seven_wait):
        with eight.wait(30) as trying:
            trying.is_answered = True
        with eight.wait(30) as last:
            assert last.seconds == patience.SOON

    def test_whose_picture_takes_long_makes_nobody_impatient(self, eight, seven_wait, clock):
        with eight.wait(30):  # a long one, which began before
            clock[0] += 1
            with eight.wait(30) as quick:
                quick.is_answered = True
            clock[0] += 30
        with eight.wait(30) as last:
            assert last.seconds == patience.SOON

    def test_a_short_wait_in_vain_tells_nothing(self, eight, clock):
        with eight.wait(1):
            clock[0] += 1
        assert eight.answers_come

    def test_who_has_an_answer_takes_no_thread_any_more(self, eight):
        for _ in range(100):
            with eight.wait(30) as wait:
                assert wait.seconds == 30


@pytest.mark.parametrize(("threads", "unlimited"), [(32, 28), (8, 7), (4, 3), (2, 1), (1, 1)])
def test_an_eighth_of_the_threads_is_kept_free(threads, unlimited):
    with ExitStack() as waiting:
        given = [
            waiting.enter_context(patience.Patience(threads).wait(30)) for _ in range(unlimited)
        ]
    assert {wait.seconds for wait in given} == {30}
    assert patience.Patience(threads).unlimited == unlimited


def test_gunicorn_has_as_many_threads_as_settings_say(settings):
    gunicorn = run_path(str(PROJECT / "classifier_site" / "gunicorn.conf.py"))
    assert gunicorn["threads"] == settings.WEB_THREADS
