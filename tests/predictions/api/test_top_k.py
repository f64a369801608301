"""`top_k=n`: how many classes an answer names."""

import pytest

from predictions.models import Inference
from tests.pictures import photograph
from tests.predictions.client import predict, when_finished


def count(answer):
    return len(answer["top_k"])


def ask_for(api, query, **form):
    body = {"file": photograph(), **form}
    return api.post(f"/model/predict{query}", body, format="multipart").json()


def test_an_answer_names_as_many_classes_as_were_asked_for(api, worker):
    assert count(predict(api).json()) == 5
    twenty = ask_for(api, "?top_k=20")
    assert count(twenty) == 20
    scores = [entry["score"] for entry in twenty["top_k"]]
    assert scores == sorted(scores, reverse=True)
    assert count(ask_for(api, "?top_k=1")) == 1
    assert count(ask_for(api, "", top_k=7)) == 7


def test_a_prediction_can_be_read_with_another_number(api, user, ask):
    address = f"/model/predictions/{ask(user).pk}"
    assert count(api.get(address).json()) == 5
    assert count(api.get(f"{address}?top_k=20").json()) == 20
    assert count(api.get("/model/predictions?top_k=3").json()[0]) == 3


def test_what_is_asked_of_a_bulk_request_stays_in_its_addresses(api, worker):
    response = api.post("/model/predictions?top_k=9", {"file": photograph()}, format="multipart")
    (entry,) = response.json()
    assert count(when_finished(api, entry["url"])) == 9
    assert count(api.get(response["Location"]).json()["entries"][0]) == 9


def test_what_is_asked_without_waiting_stays_in_the_location(api, model):
    response = api.post(
        "/model/predict?top_k=9",
        {"file": photograph()},
        format="multipart",
        HTTP_PREFER="respond-async",
    )
    assert response["Location"].endswith("?top_k=9")


def test_an_older_answer_names_the_five_it_has(api, user, ask):
    prediction = ask(user)
    five = Inference.objects.get().ranking[:5]
    Inference.objects.update(ranking=five)
    assert count(api.get(f"/model/predictions/{prediction.pk}?top_k=20").json()) == 5


@pytest.mark.parametrize("top_k", ["0", "21", "-1", "", "many", "1.5", "1_0", "5.0"])
def test_another_number_is_refused_before_anything_is_recorded(api, model, top_k):
    for path in ("/model/predict", "/model/predictions"):
        response = api.post(f"{path}?top_k={top_k}", {"file": photograph()}, format="multipart")
        assert response.status_code == 400
        assert list(response.json()) == ["top_k"]
    assert api.get(f"/model/predictions?top_k={top_k}").status_code == 400
    assert not Inference.objects.exists()


def test_pages_show_five(page, user, ask):
    html = page.get(f"/history/{ask(user).pk}").content.decode()
    assert html.count("<meter") == 5
