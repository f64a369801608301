"""What the commands write, and their exit statuses."""

import csv
import io
import json

import pytest

from accounts.services import issue_tokens
from classifier_client import Client, Tokens, api
from feedback.models import Feedback
from predictions.models import Prediction
from tests.client.conftest import Classify
from tests.pictures import IMAGES
from tests.ports import free_port

COFFEE = IMAGES / "coffee.png"


def test_pictures_are_classified_as_a_table_json_and_csv(worker, signed_in, tmp_path):
    folder = tmp_path / "folder"
    (folder / "deeper").mkdir(parents=True)
    (folder / ".thumbnails").mkdir()
    for path in ("deeper/=coffee.png", ".thumbnails/coffee.png", "notes.txt"):
        (folder / path).write_bytes(COFFEE.read_bytes())

    status, out, err = signed_in(COFFEE)
    assert (status, err) == (0, "")
    assert out.split()[:4] == ["File", "Answer", "Score", "Sure"]
    assert "espresso" in out and "%" in out

    status, out, _ = signed_in("--format", "json", folder)
    (answer,) = json.loads(out)
    assert answer["file"] == str(folder / "deeper" / "=coffee.png")
    assert (answer["label"], answer["classifier"]) == ("espresso", "imagenet")
    assert answer["top_k"][0]["label"] == "espresso"
    assert len(answer["top_k"]) == 5

    status, out, _ = signed_in("files", folder, "-f", "csv")
    heading, row = csv.reader(io.StringIO(out))
    assert heading == ["file", "label", "score", "confident", "error"]
    assert row[1:] == ["espresso", str(answer["score"]), "yes", ""]


def test_a_refused_file_does_not_stop_the_others(worker, signed_in, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"This is no picture.")
    status, out, err = signed_in(broken, COFFEE, "-f", "json")
    refused, answered = json.loads(out)
    assert status == 1
    assert err == "1 of 2 pictures have no answer.\n"
    assert (refused["status"], answered["status"]) == ("refused", "done")
    assert "picture" in refused["error"] or "image" in refused["error"]


def test_a_classifier_that_is_not_there_ends_the_run(model, signed_in):
    status, out, err = signed_in(COFFEE, "--model", "birds")
    assert (status, out) == (1, "")
    assert "birds" in err and "Traceback" not in err
    assert Prediction.objects.count() == 0


def test_a_service_that_is_not_there_is_said(tmp_path):
    site = f"http://127.0.0.1:{free_port()}"
    classify = Classify(tmp_path, CLASSIFY_SITE=site, CLASSIFY_TOKEN="token")
    status, out, err = classify(COFFEE)
    assert (status, out) == (4, "")
    assert f"{site} cannot be reached" in err and "Traceback" not in err


def test_a_file_that_is_not_there_is_a_wrong_command_line(classify):
    status, _, err = classify("missing.jpg")
    assert status == 2
    assert "missing.jpg" in err


def test_the_history_is_listed_and_searched(signed_in, ask, user):
    ask(user)
    ask(user, "chelsea.png")
    _, out, _ = signed_in("history", "-f", "json")
    assert [each["file_name"] for each in json.loads(out)] == ["chelsea.png", "coffee.png"]
    _, out, _ = signed_in("history", "--search", "coffee", "-f", "csv")
    assert len(out.splitlines()) == 2 and "espresso" in out
    _, out, _ = signed_in("history", "--limit", "1", "-f", "json")
    assert len(json.loads(out)) == 1


def test_all_pages_of_the_history_are_read(live_server, ask, user, monkeypatch):
    asked = [str(ask(user).pk) for _ in range(5)]
    monkeypatch.setattr(api, "PAGE", 2)
    with Client(live_server.url, Tokens(issue_tokens(user).access)) as client:
        assert [each.id for each in client.history()] == asked[::-1]
        assert [each.id for each in client.history(limit=3)] == asked[:1:-1]


@pytest.mark.parametrize("by", ["id", "picture"])
def test_feedback_is_given_by_id_and_by_picture(signed_in, ask, user, by):
    prediction = ask(user)
    what = str(prediction.pk) if by == "id" else COFFEE
    status, _, err = signed_in("feedback", what, "--label", "cup", "--comment", "Mostly.")
    assert (status, err) == (0, "Thank you: wrong, it is cup.\n")
    said = Feedback.objects.get()
    assert said.prediction == prediction
    assert (said.correct, said.label, said.feedback) == (False, "cup", "Mostly.")

    assert signed_in("feedback", what, "--right")[2] == "Thank you: right.\n"
    assert Feedback.objects.get().correct is True


def test_feedback_without_a_verdict_is_a_wrong_command_line(classify):
    assert classify("feedback", "7f1c3c1e-6a5b-4b6e-9a54-0f6d0c1b2a3d")[0] == 2


def test_the_classifiers_are_listed(signed_in, model):
    _, out, _ = signed_in("models", "-f", "json")
    (listed,) = json.loads(out)
    assert (listed["name"], listed["labels"]) == ("imagenet", 1000)
    assert str(model.version) in listed["version"]
