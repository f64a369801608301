"""The predecessor's clients, written with `requests`, work as they are."""

import pytest
import requests

from tests.pictures import IMAGES

PERSON = {"name": "Ada", "password": "correct horse", "email": "ada@example.com"}


@pytest.fixture
def url(worker, live_server):
    return live_server.url


@pytest.fixture
def token(url):
    created = requests.post(f"{url}/user/", json=PERSON, timeout=30)
    assert created.status_code == 201
    assert created.json()["email"] == PERSON["email"]

    response = requests.post(
        f"{url}/login",
        headers={
            "accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        data={
            "grant_type": "",
            "username": PERSON["email"],
            "password": PERSON["password"],
            "scope": "",
            "client_id": "",
            "client_secret": "",
        },
        timeout=30,
    )
    assert response.status_code == 200
    return response.json()["access_token"]


def test_from_signup_to_feedback(url, token):
    headers = {"Authorization": f"Bearer {token}"}

    answer = requests.post(
        f"{url}/model/predict",
        headers=headers,
        files={"file": ("coffee.png", (IMAGES / "coffee.png").read_bytes())},
        timeout=60,
    )

    assert answer.status_code == 200
    prediction = answer.json()
    assert prediction["success"] is True
    assert prediction["prediction"] == "espresso"
    assert 0 < prediction["score"] <= 1
    assert prediction["score"] == round(prediction["score"], 4)

    given = requests.post(
        f"{url}/feedback",
        headers=headers,
        json={
            "feedback": "It is.",
            "score": prediction["score"],
            "predicted_class": prediction["prediction"],
            "image_file_name": prediction["image_file_name"],
        },
        timeout=30,
    )

    assert given.status_code == 201
    assert given.json()["prediction_id"] == prediction["id"]


def test_a_wrong_token_is_a_401(url):
    response = requests.post(
        f"{url}/model/predict",
        headers={"Authorization": "Bearer wrong"},
        files={"file": ("coffee.png", (IMAGES / "coffee.png").read_bytes())},
        timeout=30,
    )

    assert response.status_code == 401
