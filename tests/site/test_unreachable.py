import socket
from typing import Any

import pytest
import requests

from accounts.services import issue_tokens
from tests.pictures import IMAGES
from tests.predictions.versions import version_like
from tests.serving import DEAD_DATABASE, DEAD_REDIS

pytestmark = pytest.mark.django_db  # else there is no database to serve


@pytest.fixture(scope="module")
def site_without_database(serve):
    return serve(DATABASE_URL=DEAD_DATABASE)


@pytest.fixture(scope="module")
def site_without_redis(serve):
    limits = {f"THROTTLE_{name}": "1/min" for name in ("LOGIN", "PREDICT", "READ")}
    return serve(REDIS_URL=DEAD_REDIS, **limits)


@pytest.mark.parametrize("path", ["/login", "/users"])
def test_without_the_database_the_api_answers_503(site_without_database, path):
    body = {"username": "ada@example.com", "email": "ada@example.com", "password": "correct horse"}

    response = requests.post(site_without_database + path, json=body, timeout=10)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.json()["detail"].startswith("The database or the queue cannot be reached")


def test_without_the_database_pages_answer_503_in_html(site_without_database):
    form = requests.get(f"{site_without_database}/accounts/login", timeout=10)
    assert form.status_code == 200

    session = {"sessionid": "a" * 32}
    response = requests.get(f"{site_without_database}/history", cookies=session, timeout=10)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.headers["Content-Type"].startswith("text/html")
    assert "cannot be reached" in response.text


def test_without_the_database_a_script_gets_a_plain_text_503(site_without_database):
    response = requests.post(
        f"{site_without_database}/history/cards",
        headers={"Accept": "application/json, text/plain", "X-CSRFToken": "a" * 32},
        cookies={"sessionid": "a" * 32, "csrftoken": "a" * 32},
        timeout=10,
    )

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.text.startswith("The database or the queue cannot be reached")


def test_without_redis_people_can_sign_in_and_read(site_without_redis, make_user, transactional_db):
    ada = make_user(password="correct horse")
    form = {"username": ada.email, "password": "correct horse"}

    first, second = (
        requests.post(f"{site_without_redis}/login", data=form, timeout=10) for _ in range(2)
    )

    assert (first.status_code, second.status_code) == (200, 200)
    headers = {"Authorization": f"Bearer {first.json()['access_token']}"}
    for _ in range(2):
        path = f"{site_without_redis}/model/predictions"
        assert requests.get(path, headers=headers, timeout=10).json() == []


@pytest.fixture
def hanging_redis():
    """A server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def predict(site: str, user: Any, name: str) -> requests.Response:
    return requests.post(
        f"{site}/model/predict",
        headers={"Authorization": f"Bearer {issue_tokens(user).access}"},
        files={"file": (name, (IMAGES / name).read_bytes())},
        timeout=20,
    )


def test_without_redis_a_new_picture_is_answered_503(
    site_without_redis, transactional_db, model, user
):
    response = predict(site_without_redis, user, "coffee.png")

    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert list(response.json()) == ["detail", "code"]


def test_without_redis_a_known_picture_is_answered(site_without_redis, transactional_db, user, ask):
    ask(user, "rocket.jpg")

    response = predict(site_without_redis, user, "rocket.jpg")

    assert (response.status_code, response.json()["cached"]) == (200, True)


def test_without_redis_staff_change_roles(site_without_redis, transactional_db, model, staff):
    newer = version_like(model, "newer")
    response = requests.post(
        f"{site_without_redis}/models/imagenet/roles",
        headers={"Authorization": f"Bearer {issue_tokens(staff).access}"},
        json={"action": "promote", "version": newer.pk},
        timeout=10,
    )

    assert response.status_code == 200
    assert response.json()["champion"]["id"] == newer.pk
    newer.refresh_from_db()
    assert newer.role == "champion"


def test_a_hanging_redis_does_not_delay_requests_for_the_predict_timeout(
    serve, hanging_redis, transactional_db, model, user
):
    port = hanging_redis.getsockname()[1]
    url = f"redis://127.0.0.1:{port}/0"
    site = serve(REDIS_URL=url, PREDICT_TIMEOUT="300", THROTTLE_PREDICT="")

    response = predict(site, user, "coffee.png")

    assert response.status_code == 503
    assert list(response.json()) == ["detail", "code"]
    hanging_redis.accept()[0].close()
    with pytest.raises(BlockingIOError):  # nobody else has come
        hanging_redis.accept()
