"""The cards of the classify page: a picture is sent, its card comes back, then its answer."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from predictions.models import Inference, Prediction
from predictions.queueing.queue import get_queue
from predictions.throttles import PredictThrottle
from tests.pictures import photograph, picture


def send(page, file, **form):
    return page.post("/history/cards", {"file": file, **form})


def only(response):
    [[pk, state]] = response.json().items()
    return pk, state


def test_the_card_of_a_sent_picture_waits(page, model):
    response = send(page, photograph())
    assert response.status_code == 201
    pk, state = only(response)
    assert pk == str(Prediction.objects.get().pk)
    assert state["finished"] is False
    assert "Classifying" in state["html"]


def test_a_card_says_how_many_pictures_are_ahead(page, model, own_redis):
    for shade in range(3):
        _, state = only(send(page, picture((0, 0, shade), f"{shade}.png")))
    assert "Waiting (2 ahead)" in state["html"]


def test_a_card_of_bulk_work_counts_later_single_pictures_as_ahead(page, api, model, own_redis):
    many = [picture((9, 9, shade), f"{shade}.png") for shade in range(3)]
    accepted = api.post("/model/predictions", {"file": many}, format="multipart").json()
    send(page, photograph())
    last = accepted[-1]["id"]
    state = page.get(f"/history/cards?id={last}").json()[last]
    assert "Waiting (3 ahead)" in state["html"]


def test_one_poll_waits_for_the_answer(page, worker):
    pk, _ = only(send(page, photograph()))
    state = page.get(f"/history/cards?id={pk}").json()[pk]
    assert state["finished"] is True
    assert "espresso" in state["html"]
    assert 'data-say="coffee.png: espresso, 95.0%"' in state["html"]


def test_a_known_picture_is_answered_at_once(page, user, ask):
    ask(user)
    _, state = only(send(page, photograph()))
    assert state["finished"] is True
    assert "espresso" in state["html"]


def test_a_poll_reports_every_picture_answered_meanwhile(page, user, ask, stopped_worker):
    first, second = (ask(user, name, answered=False) for name in ("coffee.png", "rocket.jpg"))

    def answer() -> None:
        deadline = time.monotonic() + 10
        redis = get_queue("predictions").connection
        while not any(client["cmd"] == "xread" for client in redis.client_list()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        found = Inference.objects.filter(pk=second.inference.pk)
        found.update(status="done", label="missile", score=0.5)
        connection.close()

    with ThreadPoolExecutor(1) as thread:
        answered = thread.submit(answer)  # while the request waits for the first
        states = page.get(f"/history/cards?id={first.pk}&id={second.pk}").json()
        answered.result()
    assert {pk: state["finished"] for pk, state in states.items()} == {
        str(first.pk): False,
        str(second.pk): True,
    }


def test_the_card_of_an_unreadable_picture_says_why(page, worker):
    cut = photograph("rocket.jpg").read()[:20_000]
    pk, _ = only(send(page, SimpleUploadedFile("cut.jpg", cut)))
    state = page.get(f"/history/cards?id={pk}").json()[pk]
    assert state["finished"] is True
    assert "damaged" in state["html"]


@pytest.mark.parametrize(
    ("file", "status", "why"),
    [
        (SimpleUploadedFile("notes.txt", b"hello"), 400, "File type is not supported."),
        (SimpleUploadedFile("big.png", bytes(11 * 1024 * 1024)), 413, "File too large"),
    ],
)
def test_a_refused_picture_gets_the_reason_as_plain_text(page, model, file, status, why):
    file.seek(0)
    response = send(page, file)
    assert (response.status_code, response.content.decode()) == (status, why)
    assert response["Content-Type"] == "text/plain"


def test_a_request_without_a_file_gets_400(page, model):
    assert page.post("/history/cards").status_code == 400


def test_a_full_queue_gets_503_with_the_time_to_wait(page, model, settings):
    settings.QUEUE_LIMIT = 0
    response = send(page, photograph())
    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_too_many_pictures_a_minute_get_429_with_the_time_to_wait(page, model, monkeypatch):
    monkeypatch.setattr(PredictThrottle, "THROTTLE_RATES", {"predict": "1/min"})
    send(page, photograph())
    response = send(page, photograph())
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert f"Wait {response['Retry-After']} seconds" in response.content.decode()


def test_cards_of_other_people_and_of_deleted_pictures_are_left_out(page, make_user, ask):
    theirs = ask(make_user("grace@example.com"))
    response = page.get(f"/history/cards?id={theirs.pk}&id={uuid4()}&id=nonsense")
    assert response.json() == {}


def test_a_signed_out_visitor_gets_403(client, db):
    assert client.post("/history/cards", {"file": photograph()}).status_code == 403
    assert client.get("/history/cards").status_code == 403
