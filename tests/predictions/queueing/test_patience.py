"""Requests that wait for an answer leave threads for those that do not wait."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from runpy import run_path
from threading import Event, Thread
from typing import Any

import pytest
import requests
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.services import issue_tokens
from predictions.models import Prediction
from predictions.queueing import patience
from tests.conftest import PROJECT
from tests.pictures import photograph, shades
from tests.predictions.client import predict


@pytest.fixture
def site_without_worker(serve, settings):
    """Eight threads, a Redis database that no worker listens to."""
    return serve(REDIS_URL=f"{settings.REDIS_URL}?db=1", WEB_THREADS="8", PREDICT_TIMEOUT="9")


def test_the_site_answers_while_nobody_gets_an_answer(
    transactional_db, model, user, site_without_worker
):
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}", "Prefer": "wait=9"}

    def send(file: Any) -> requests.Response:
        return requests.post(
            f"{site_without_worker}/model/predict",
            headers=headers,
            files={"file": file},
            timeout=60,
        )

    with ThreadPoolExecutor(16) as clients:
        sent = [clients.submit(send, file) for file in shades(16)]
        deadline = time.monotonic() + 8
        while Prediction.objects.count() < 8:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert requests.get(f"{site_without_worker}/health/live", timeout=20).ok
        # Had it to wait for one of the first seven, they would have their answers by now.
        assert sum(future.done() for future in sent) <= 9
        answers = [future.result() for future in sent]
    assert Counter(answer.status_code for answer in answers) == {504: 8, 503: 8}
    # Said to those alone that have waited so long.
    applied = [answer.headers.get("Preference-Applied") for answer in answers]
    assert sorted(applied, key=str) == [None] * 9 + ["wait=9"] * 7
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.json()["detail"].startswith("Too many pictures are waiting.")
    assert refused.headers["Retry-After"] == "5"
    assert Prediction.objects.count() == 8  # of the refused ones nothing stays that a worker serves


@pytest.fixture
def clock(monkeypatch):
    """Its only item is what time it is, in seconds."""
    time = [100.0]
    monkeypatch.setattr(patience, "monotonic", lambda: time[0])
    return time


@contextmanager
def waits(those: patience.Patience, many: int):
    """So many requests that wait until the end of the block; their answers come then."""
    end, begun = Event(), []

    def look(seconds: int) -> str:
        begun.append(seconds)
        end.wait(30)
        return "answer"

    threads = [Thread(target=those.wait, args=(30, look)) for _ in range(many)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        while len(begun) < number:
            time.sleep(0.001)
    try:
        yield begun
    finally:
        end.set()
        for thread in threads:
            thread.join()


class TestOfEightThreads:
    @pytest.fixture
    def eight(self, clock):
        return patience.Patience(8)

    @pytest.fixture
    def in_vain(self, clock):
        """What a request that gets no answer has waited, a number for each time it looked."""
        looked: list[int] = []

        def look(seconds: int) -> None:
            looked.append(seconds)
            clock[0] += seconds

        look.looked = looked
        return look

    def test_seven_wait_as_long_as_they_like(self, eight, clock):
        with waits(eight, 7) as begun:
            assert begun == [30] * 7
            assert not eight.is_over()

    def test_the_last_gives_up_when_nobody_is_answered(self, eight, clock, in_vain):
        with waits(eight, 7):
            clock[0] += 1
            assert eight.wait(30, in_vain) is None
            assert in_vain.looked == [patience.SOON]
            assert eight.is_over()

    def test_it_does_not_begin_then(self, eight, clock, in_vain):
        with waits(eight, 7):
            clock[0] += patience.SOON + 1
            assert eight.wait(30, in_vain) is None
            assert in_vain.looked == []

    def test_it_waits_on_while_others_are_answered(self, eight, clock):
        looked = []

        def look(seconds: int) -> None:
            looked.append(seconds)
            clock[0] += seconds
            eight.wait(30, lambda _: "somebody else's answer")

        with waits(eight, 7):
            assert eight.wait(30, look) is None
        assert looked == [patience.SOON] * (30 // patience.SOON)

    def test_it_waits_no_longer_than_it_was_told(self, eight, in_vain):
        with waits(eight, 7):
            eight.wait(patience.SOON + 2, in_vain)
        assert in_vain.looked == [patience.SOON, 2]

    def test_it_gets_its_answer(self, eight):
        with waits(eight, 7):
            assert eight.wait(30, lambda _: "answer") == "answer"

    def test_an_answer_to_anybody_gives_patience_back(self, eight, clock):
        with waits(eight, 7):
            with waits(eight, 1):
                clock[0] += patience.SOON + 1
                assert eight.is_over()
            assert not eight.is_over()

    def test_who_comes_after_a_long_silence_is_not_the_last_of_anybody(self, eight, clock):
        """Nobody was answered for an hour because nobody asked."""
        eight.wait(30, lambda _: "answer")
        clock[0] += 3600
        with waits(eight, 7):
            assert not eight.is_over()

    def test_a_few_who_wait_in_vain_make_nobody_impatient(self, eight, clock):
        """Tabs that look again and again for what is far behind in the queue."""
        with waits(eight, 3):
            clock[0] += 3600
            with waits(eight, 4):
                assert not eight.is_over()

    def test_who_waits_no_more_takes_no_thread(self, eight, in_vain):
        for _ in range(100):
            eight.wait(30, in_vain)
        assert in_vain.looked == [30] * 100


@pytest.mark.parametrize(("threads", "unlimited"), [(32, 28), (8, 7), (4, 3), (2, 1), (1, 1)])
def test_an_eighth_of_the_threads_is_kept_free(threads, unlimited):
    assert patience.Patience(threads).unlimited == unlimited


@pytest.fixture
def over(monkeypatch):
    """A process whose threads wait in vain, all but the last eighth."""
    with ExitStack() as stack:
        stack.callback(setattr, patience.patience, "waiting", 0)
        patience.patience.waiting = patience.patience.unlimited
        patience.patience.answered_at = time.monotonic() - patience.SOON - 1
        yield


def test_who_would_wait_is_refused_before_anything_is_recorded(api, page, model, over):
    response = predict(api)
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    response = page.post("/", {"file": photograph()})
    assert response.status_code == 503
    assert "Too many pictures are waiting." in response.content.decode()
    assert not Prediction.objects.exists()


def test_who_does_not_wait_is_served(api, page, model, over):
    for prefer in ("respond-async", "respond-async, wait=5"):
        assert predict(api, prefer=prefer).status_code == 202
    file = SimpleUploadedFile("a.png", photograph("chelsea.png").read())
    assert page.post("/history/cards", {"file": file}).status_code == 201


def test_a_known_answer_is_given(api, worker, over):
    patience.patience.waiting = 0
    assert predict(api).status_code == 200
    patience.patience.waiting = patience.patience.unlimited
    patience.patience.answered_at = 0.0
    assert predict(api).json()["cached"] is True


def test_an_answer_is_noticed(api, worker, over):
    patience.patience.waiting -= 1  # the next may wait, and does not begin the count anew
    assert predict(api).status_code == 200
    patience.patience.waiting += 1
    assert not patience.patience.is_over()


def test_gunicorn_has_as_many_threads_as_settings_say(settings):
    gunicorn = run_path(str(PROJECT / "classifier_site" / "gunicorn.conf.py"))
    assert gunicorn["threads"] == settings.WEB_THREADS
