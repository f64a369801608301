"""`POST /model/predict`, answered by a real worker process."""

import hashlib

import pytest

from predictions.models import Inference, Prediction
from predictions.queueing.queue import get_queue
from tests.pictures import IMAGES, photograph
from tests.predictions.client import predict, when_finished

PHOTOGRAPHS = {"coffee.png": "espresso", "chelsea.png": "tiger_cat", "rocket.jpg": "missile"}


@pytest.mark.parametrize(("name", "label"), PHOTOGRAPHS.items())
def test_a_photograph_gets_the_right_label(api, worker, name, label):
    response = predict(api, photograph(name))
    assert response.status_code == 200
    assert response.json()["prediction"] == label


def test_the_top_five_of_a_cat_include_other_cats(api, worker):
    labels = [entry["label"] for entry in predict(api, photograph("chelsea.png")).json()["top_k"]]
    assert {"tiger_cat", "Egyptian_cat", "tabby"} <= set(labels)


def test_a_worker_with_tensorflow_gives_the_same_answers(api, own_redis, run_worker):
    """A second worker, on the other engine; no worker but this one sees this Redis."""
    addresses = {
        label: predict(api, photograph(name), "respond-async")["Location"]
        for name, label in PHOTOGRAPHS.items()
    }
    log = run_worker(CLASSIFIER_ENGINE="tensorflow")
    assert "(tensorflow, f32)" in log
    for label, address in addresses.items():
        assert when_finished(api, address)["prediction"] == label


def test_an_answer_has_the_fields_of_the_contract(api, worker, model):
    response = predict(api)
    answer = response.json()
    md5 = hashlib.md5((IMAGES / "coffee.png").read_bytes()).hexdigest()
    assert list(answer) == [
        *("success", "prediction", "score", "image_file_name"),
        *("id", "top_k", "model", "cached", "confident"),
    ]
    assert answer["success"] is True
    assert answer["image_file_name"] == f"{md5}.png"
    assert answer["id"] == str(Prediction.objects.get().pk)
    assert answer["model"] == {
        "name": "efficientnet-lite0",
        "version": model.version,
        "id": model.pk,
        "classifier": "imagenet",
    }
    assert answer["cached"] is False
    assert answer["confident"] is True
    assert "Preference-Applied" not in response


def test_the_top_five_are_ordered_and_rounded(api, worker):
    answer = predict(api).json()
    scores = [entry["score"] for entry in answer["top_k"]]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 and score == round(score, 4) for score in scores)
    assert answer["top_k"][0] == {
        "label": answer["prediction"],
        "synset": "n07920052",
        "score": answer["score"],
        "key": "n07920052",
    }


def test_a_trailing_slash_changes_nothing(api, worker):
    response = api.post("/model/predict/", {"file": photograph()}, format="multipart")
    assert response.status_code == 200
    assert response.json()["prediction"] == "espresso"


def test_the_same_picture_is_answered_without_a_second_job(api, worker):
    first = predict(api).json()
    jobs = get_queue("predictions").finished_job_registry.get_job_ids()
    second = predict(api).json()
    assert second["cached"] is True
    assert second["id"] != first["id"]
    assert {**second, "cached": False, "id": first["id"]} == first
    assert Inference.objects.get().attempts == 1
    assert get_queue("predictions").finished_job_registry.get_job_ids() == jobs


def test_a_known_picture_is_answered_although_the_queue_is_full(api, user, ask, settings):
    ask(user)
    settings.QUEUE_LIMIT = 0
    assert predict(api).json()["cached"] is True


def test_another_person_gets_the_known_answer_too(api_for, make_user, user, ask):
    ask(user)
    answer = predict(api_for(make_user("grace@example.com"))).json()
    assert answer["cached"] is True
    assert answer["prediction"] == "espresso"
    assert Inference.objects.count() == 1


def test_the_server_timing_header_has_the_time_of_each_stage(api, worker):
    response = predict(api)
    spent = {
        stage: float(milliseconds)
        for stage, _, milliseconds in (
            part.partition(";dur=") for part in response["Server-Timing"].split(", ")
        )
    }
    stages = ["validate", "store", "queue", "decode", "inference", "save"]
    assert list(spent) == [*stages, "total"]
    assert sum(spent[stage] for stage in stages) < spent["total"]
    assert when_finished(api, f"/model/predictions/{response.json()['id']}")["status"] == "done"
    again = predict(api)["Server-Timing"].split(", ")
    assert [part.partition(";")[0] for part in again] == ["validate", "store", "total"]
