"""`POST /model/predictions`: many files, each accepted or refused on its own."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from predictions.models import Inference, Prediction
from tests.pictures import photograph, picture
from tests.predictions.client import predict, when_finished
from tests.predictions.versions import without_champion


def send(api, *files, slash=""):
    return api.post("/model/predictions" + slash, {"file": list(files)}, format="multipart")


@pytest.mark.parametrize("slash", ["", "/"])
def test_every_file_of_a_bulk_request_is_answered_later(api, worker, slash):
    names = ["coffee.png", "chelsea.png", "rocket.jpg"]
    response = send(api, *(photograph(name) for name in names), slash=slash)
    assert response.status_code == 202
    found = [when_finished(api, entry["url"]) for entry in response.json()]
    assert [entry["file_name"] for entry in found] == names
    assert [entry["prediction"] for entry in found] == ["espresso", "tiger_cat", "missile"]


def test_an_accepted_file_has_an_id_a_status_and_a_url(api, model):
    (entry,) = send(api, photograph()).json()
    pk = Prediction.objects.get().pk
    assert entry == {
        "id": str(pk),
        "status": "queued",
        "url": f"/model/predictions/{pk}",
        "file_name": "coffee.png",
    }


def test_a_refused_file_says_why_and_does_not_affect_the_others(api, model):
    notes = SimpleUploadedFile("notes.txt", b"hello")
    empty = SimpleUploadedFile("empty.png", b"")
    response = send(api, picture("red"), notes, empty, picture("blue"))
    assert response.status_code == 202
    assert [entry["status"] for entry in response.json()] == [
        *("queued", "refused", "refused", "queued")
    ]
    assert response.json()[1] == {
        "status": "refused",
        "file_name": "notes.txt",
        "detail": "File type is not supported.",
    }
    assert response.json()[2]["detail"] == "The file is empty."
    assert Prediction.objects.count() == 2


def test_the_same_picture_twice_makes_two_predictions_with_one_answer(api, model):
    first, second = send(api, photograph(), photograph()).json()
    assert first["id"] != second["id"]
    assert Inference.objects.count() == 1


def test_a_known_picture_is_done_at_once(api, user, ask):
    ask(user)
    (entry,) = send(api, photograph()).json()
    assert entry["status"] == "done"


def test_a_file_beyond_the_queue_limit_is_refused(api, user, ask, settings):
    ask(user)
    settings.QUEUE_LIMIT = 0
    known, new = send(api, photograph("coffee.png"), photograph("rocket.jpg")).json()
    assert known["status"] == "done"
    assert new["status"] == "refused"
    assert "Too many pictures are waiting" in new["detail"]


def test_every_file_is_refused_without_a_model(api, model):
    without_champion(model)
    (entry,) = send(api, photograph()).json()
    assert entry["status"] == "refused"
    assert "No model" in entry["detail"]


def test_a_request_with_too_many_files_gets_400(api, model, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    response = send(api, *(picture(colour) for colour in ("red", "green", "blue")))
    assert response.status_code == 400
    assert response.json()["detail"] == "Too many files in one request."
    assert not Prediction.objects.exists()


def test_a_request_that_is_too_large_gets_413(api, model, settings):
    settings.MAX_BODY_BYTES = 1000
    response = send(api, photograph())
    assert response.status_code == 413
    assert "1,000 bytes" in response.json()["detail"]


def test_a_full_bulk_queue_does_not_block_single_predictions(api, own_redis, settings):
    settings.QUEUE_LIMIT = 2
    colours = ("red", "green", "blue")
    entries = send(api, *(picture(colour, f"{colour}.png") for colour in colours)).json()
    assert [entry["status"] for entry in entries] == ["queued", "queued", "refused"]
    assert predict(api, prefer="respond-async").status_code == 202
