"""Interrupted runs go on where they were, and the service gets each picture once."""

import hashlib
import json
import signal
import time

import httpx
import pytest

from accounts.services import issue_tokens
from classifier_client import Client, Tokens
from classifier_client.journal import Journal
from classifier_client.sending import Sender
from predictions.models import Image, Inference, Prediction
from tests.client.conftest import photographs


@pytest.fixture(scope="module")
def site(serve):
    return serve()


def run_until(classify, folder, accepted):
    """A run, once the service has accepted so many pictures."""
    process = classify.start(folder, "--format", "json")
    while Prediction.objects.count() < accepted:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    return process


def test_two_hundred_photographs_interrupted_twice_get_one_answer_each(
    worker, site, classify, sign_in, tmp_path
):
    paths = photographs(tmp_path / "photographs", 200)
    sign_in(site)
    answered = 0
    for accepted in (40, 110):
        process = run_until(classify, tmp_path / "photographs", accepted)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (130, ""), err
        assert "of 200 pictures are done. The same command goes on from here." in err
        assert Inference.objects.filter(status="done").count() < 200
        before, answered = answered, int(err.partition(" of 200")[0].split()[-1])
        assert before < answered < 200
        assert Prediction.objects.count() < 200

    status, out, err = classify(tmp_path / "photographs", "--format", "json")

    assert (status, err) == (0, "")
    answers = json.loads(out)
    assert [answer["file"] for answer in answers] == [str(path) for path in paths]
    assert {answer["status"] for answer in answers} == {"done"}
    assert all(answer["label"] and 0 < answer["score"] <= 1 for answer in answers)
    # The service's counts: what it was sent, of what, and what it answered.
    assert Prediction.objects.count() == 200
    assert Image.objects.count() == 200
    assert Inference.objects.filter(status="done").count() == 200
    assert {answer["id"] for answer in answers} == {
        str(pk) for pk in Prediction.objects.values_list("pk", flat=True)
    }


def test_a_killed_run_goes_on_as_well(worker, site, classify, sign_in, tmp_path):
    photographs(tmp_path / "photographs", 30)
    sign_in(site)
    process = run_until(classify, tmp_path / "photographs", 8)
    process.kill()
    process.communicate(timeout=60)

    status, out, err = classify(tmp_path / "photographs", "--format", "json")

    assert (status, err) == (0, "")
    assert {answer["status"] for answer in json.loads(out)} == {"done"}
    assert Prediction.objects.count() == Image.objects.count() == 30


def test_a_run_that_came_to_its_end_is_not_remembered(worker, site, classify, sign_in, tmp_path):
    (path,) = photographs(tmp_path / "photographs", 1)
    sign_in(site)
    for sent in (1, 2):
        assert classify(path)[0] == 0
        assert Prediction.objects.count() == sent


@pytest.fixture
def client(live_server, user):
    with Client(live_server.url, Tokens(issue_tokens(user).access)) as client:
        yield client


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal", "a run")


def send(client, journal, *paths):
    return Sender(client, journal).send(paths, lambda: None)


def test_what_arrived_although_nobody_heard_of_it_is_found(worker, client, journal, tmp_path):
    (path,) = photographs(tmp_path / "photographs", 1)
    content = path.read_bytes()
    journal.note(hashlib.sha256(content).hexdigest(), client.time())
    before = client.classify(content, path.name)  # and the process was killed here

    (outcome,) = send(client, journal, path)

    assert outcome.prediction.id == before.id
    assert Prediction.objects.count() == 1


def test_a_lost_response_does_not_send_the_picture_again(worker, client, journal, tmp_path):
    (path,) = photographs(tmp_path / "photographs", 1)
    lost = []

    def lose_the_first(response):
        if response.url.path == "/model/predict" and not lost:
            lost.append(response)
            raise httpx.ReadError("Connection reset by peer")

    client.http.event_hooks = {"response": [lose_the_first]}
    (outcome,) = send(client, journal, path)

    assert outcome.status == "done"
    assert len(lost) == 1
    assert Prediction.objects.count() == 1


def test_copies_in_one_run_are_sent_once(worker, client, journal, tmp_path):
    (path,) = photographs(tmp_path / "photographs", 1)
    copies = [path]
    for number in range(5):
        copies.append(path.with_name(f"copy {number}.jpg"))
        copies[-1].write_bytes(path.read_bytes())

    outcomes = send(client, journal, *copies)

    assert [outcome.file for outcome in outcomes] == copies
    assert len({outcome.prediction.id for outcome in outcomes}) == 1
    assert Prediction.objects.count() == 1


def test_an_answer_that_takes_long_is_waited_for(worker, client, journal, tmp_path):
    (path,) = photographs(tmp_path / "photographs", 1)
    classify = client.classify
    client.classify = lambda *what, **how: classify(*what, **how, wait=0)

    (outcome,) = send(client, journal, path)

    assert outcome.status == "done" and outcome.prediction.label
    assert Prediction.objects.count() == 1
