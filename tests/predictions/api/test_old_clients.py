"""What clients from before there were several classifiers read, byte for byte."""

import json

import pytest

from tests.pictures import photograph
from tests.predictions.client import predict

ADDED = {"confident", "key", "id of the model", "classifier", "may_improve_service"}


def without_added(said, inside=""):
    """An answer without the keys that have been added since, in the order of the others."""
    if isinstance(said, list):
        return [without_added(each) for each in said]
    if not isinstance(said, dict):
        return said
    return {
        key: without_added(value, key)
        for key, value in said.items()
        if (f"id of the {inside}" if key == "id" else key) not in ADDED
    }


@pytest.fixture
def as_before(model):
    """Parts of every answer, written as they were."""

    def as_before(prediction):
        inference = prediction.inference
        score = round(inference.score, 4)
        # In the order in which PostgreSQL keeps them.
        best = ",".join(
            f'{{"label":"{entry["label"]}","score":{round(entry["score"], 4)},'
            f'"synset":"{entry["synset"]}"}}'
            for entry in inference.ranking[:5]
        )
        return {
            "score": score,
            "top_k": f"[{best}]",
            "model": f'{{"name":"efficientnet-lite0","version":"{model.version}"}}',
            "file": f"{prediction.image.md5}.png",
        }

    return as_before


def said(response):
    """The body as it came, if nothing had been added to it."""
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    assert json.dumps(response.json(), **compact) == response.content.decode()
    return json.dumps(without_added(response.json()), **compact)


def test_the_answer_to_a_picture_is_as_before(api, user, ask, as_before):
    before = as_before(ask(user))
    response = predict(api)
    assert said(response) == (
        f'{{"success":true,"prediction":"espresso","score":{before["score"]},'
        f'"image_file_name":"{before["file"]}","id":"{response.json()["id"]}",'
        f'"top_k":{before["top_k"]},"model":{before["model"]},"cached":true}}'
    )


def test_a_prediction_is_as_before(api, user, ask, as_before):
    prediction = ask(user)
    before, path = as_before(prediction), f"/model/predictions/{prediction.pk}"
    times = [
        time.isoformat().replace("+00:00", "Z")
        for time in (prediction.created_at, prediction.inference.finished_at)
    ]
    one = (
        f'{{"id":"{prediction.pk}","status":"done","prediction":"espresso",'
        f'"score":{before["score"]},"top_k":{before["top_k"]},"error":null,'
        f'"model":{before["model"]},"cached":false,"file_name":"coffee.png",'
        f'"image_file_name":"{before["file"]}","image":"{path}/image",'
        f'"created_at":"{times[0]}","finished_at":"{times[1]}"}}'
    )
    assert said(api.get(path)) == one
    assert said(api.get("/model/predictions")) == f"[{one}]"


def test_an_entry_of_a_bulk_request_is_as_before(api, user, ask, as_before):
    before = as_before(ask(user))
    sent = api.post("/model/predictions", {"file": photograph()}, format="multipart")
    path = sent.json()[0]["url"]
    assert sent.content.decode() == (
        f'[{{"id":"{sent.json()[0]["id"]}","status":"done","url":"{path}",'
        '"file_name":"coffee.png"}]'
    )
    found = api.get(sent["Location"]).json()["entries"]
    assert found[0].pop("model")["classifier"] == "imagenet"
    assert json.dumps(without_added(found), separators=(",", ":")) == (
        f'[{{"status":"done","file_name":"coffee.png","id":"{sent.json()[0]["id"]}",'
        f'"url":"{path}","prediction":"espresso","score":{before["score"]},'
        f'"top_k":{before["top_k"]}}}]'
    )
