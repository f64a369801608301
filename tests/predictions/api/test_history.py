"""`GET /model/predictions` and `GET /model/predictions/{id}`."""

from base64 import b64encode
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from predictions.models import Inference, Prediction


@pytest.fixture
def history(user, ask):
    """A tiger cat of long ago, an espresso of an hour ago, and a rocket that waits."""
    asked = {
        "cat": ask(user, "chelsea.png"),
        "coffee": ask(user, "coffee.png"),
        "rocket": ask(user, "rocket.jpg", answered=False),
    }
    scores = {"cat": 0.4, "coffee": 0.95}
    ages = {"cat": timedelta(days=30), "coffee": timedelta(hours=1), "rocket": timedelta(0)}
    for name, prediction in asked.items():
        Prediction.objects.filter(pk=prediction.pk).update(created_at=timezone.now() - ages[name])
        Inference.objects.filter(pk=prediction.inference_id).update(score=scores.get(name))
    return asked


@pytest.fixture
def listed(api, history):
    """Which of them a query lists, in order."""
    names = {str(prediction.pk): name for name, prediction in history.items()}

    def listed(**query):
        response = api.get("/model/predictions", query)
        assert response.status_code == 200, response.content
        return [names[entry["id"]] for entry in response.json()]

    return listed


def test_the_list_has_only_the_users_own_predictions_newest_first(listed, make_user, ask):
    ask(make_user("grace@example.com"), "coffee.png", answered=False)
    assert listed() == ["rocket", "coffee", "cat"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"label": "espresso"}, ["coffee"]),
        ({"label": "n02123159"}, ["cat"]),
        ({"label": "nothing like it"}, []),
        ({"model": "imagenet"}, ["rocket", "coffee", "cat"]),
        ({"status": "queued"}, ["rocket"]),
        ({"status": "done"}, ["coffee", "cat"]),
        ({"status": "failed"}, []),
        ({"min_score": "0.5"}, ["coffee"]),
        ({"min_score": "0.4"}, ["coffee", "cat"]),
        ({"max_score": "0.5"}, ["cat"]),
        ({"max_score": "0.4"}, ["cat"]),
        ({"min_score": "0.3", "max_score": "0.5"}, ["cat"]),
        ({"since": "yesterday"}, ["rocket", "coffee"]),
        ({"until": "yesterday"}, ["cat"]),
        ({"label": "espresso", "status": "queued"}, []),
        ({"limit": "2"}, ["rocket", "coffee"]),
    ],
)
def test_the_list_can_be_filtered(listed, query, expected):
    yesterday = (timezone.now() - timedelta(days=1)).isoformat()
    query = {name: yesterday if value == "yesterday" else value for name, value in query.items()}
    assert listed(**query) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "tired"),
        ("min_score", "high"),
        ("min_score", "1.5"),
        ("max_score", "-1"),
        ("min_score", "nan"),
        ("since", "yesterday"),
        ("until", "2026-13-01"),
        ("label", "a\0b"),
        ("model", "colors"),
        ("model", "a\0b"),
        ("version", "latest"),
        ("version", "9" * 30),
    ],
)
def test_an_invalid_filter_gets_400_with_its_name(api, model, name, value):
    response = api.get("/model/predictions", {name: value})
    assert response.status_code == 400
    assert list(response.json()) == [name]
    assert isinstance(response.json()[name][0], str)


def test_the_link_header_leads_to_older_predictions(api, history):
    response = api.get("/model/predictions?limit=2&max_score=1")
    assert "Link" not in response
    response = api.get("/model/predictions?limit=2")
    assert [entry["id"] for entry in response.json()] == [
        *(str(history[name].pk) for name in ("rocket", "coffee"))
    ]
    address, rel = response["Link"].split("; ")
    assert rel == 'rel="next"'
    parts = urlsplit(address.strip("<>"))
    response = api.get(f"{parts.path}?{parts.query}")
    assert [entry["id"] for entry in response.json()] == [str(history["cat"].pk)]
    assert "Link" not in response


def test_a_page_has_100_predictions_by_default_and_500_at_most(api, user, ask):
    one = ask(user)
    Prediction.objects.bulk_create(
        Prediction(user=user, image=one.image, inference=one.inference, file_name="coffee.png")
        for _ in range(501)
    )
    assert len(api.get("/model/predictions").json()) == 100
    assert len(api.get("/model/predictions?limit=1000").json()) == 500


@pytest.mark.django_db(transaction=True)  # PostgreSQL refuses one of them
@pytest.mark.parametrize(
    "cursor", ["nonsense", b64encode(b"p=2020-01-01T00:00:00%2B23:00").decode()]
)
def test_an_invalid_cursor_gets_404(api, model, cursor):
    response = api.get("/model/predictions", {"cursor": cursor})
    assert response.status_code == 404
    assert response.json()["detail"] == "Invalid cursor"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_prediction_has_all_documented_fields(api, user, ask, model, slash):
    prediction = ask(user)
    found = api.get(f"/model/predictions/{prediction.pk}{slash}").json()
    assert list(found) == [
        *("id", "status", "prediction", "score", "top_k", "error", "model", "cached"),
        *("file_name", "image_file_name", "image", "created_at", "finished_at"),
        *("confident", "may_improve_service"),
    ]
    assert found["id"] == str(prediction.pk)
    assert found["status"] == "done"
    assert found["prediction"] == found["top_k"][0]["label"] == "espresso"
    assert found["score"] == found["top_k"][0]["score"] == round(found["score"], 4)
    assert len(found["top_k"]) == 5
    assert found["error"] is None
    assert found["model"] == {
        "name": model.name,
        "version": model.version,
        "id": model.pk,
        "classifier": "imagenet",
    }
    assert found["confident"] is True
    assert found["image"] == f"/model/predictions/{prediction.pk}/image"
    assert api.get("/model/predictions" + slash).json() == [found]


def test_the_time_of_an_answer_does_not_reveal_that_somebody_else_asked_before(
    api, user, make_user, ask
):
    ask(make_user("grace@example.com"))
    long_ago = timezone.now() - timedelta(days=9)
    Inference.objects.update(finished_at=long_ago)
    mine = ask(user, answered=False)
    assert mine.cached
    told = api.get(f"/model/predictions/{mine.pk}").json()
    assert told["finished_at"] == told["created_at"]


def test_an_id_in_capital_letters_is_accepted(api, user, ask):
    address = f"/model/predictions/{str(ask(user).pk).upper()}"
    assert api.get(address).status_code == api.get(f"{address}/image").status_code == 200


def test_a_waiting_prediction_has_no_answer_yet(api, user, ask):
    found = api.get(f"/model/predictions/{ask(user, answered=False).pk}").json()
    assert found["status"] == "queued"
    assert (found["prediction"], found["score"], found["finished_at"]) == (None, None, None)
    assert found["top_k"] == []
    assert found["confident"] is None


def test_the_number_of_queries_does_not_grow_with_the_list(
    api, user, ask, django_assert_max_num_queries
):
    one = ask(user)
    Prediction.objects.bulk_create(
        Prediction(user=user, image=one.image, inference=one.inference, file_name="coffee.png")
        for _ in range(20)
    )
    with django_assert_max_num_queries(4):
        assert len(api.get("/model/predictions").json()) == 21
