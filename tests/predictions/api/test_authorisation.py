"""Every path of the predictions API requires a token, and shows people only their own."""

import pytest

from tests.predictions.client import NOBODYS

ADDRESSES = [
    ("post", "/model/predict"),
    ("post", "/model/predictions"),
    ("get", "/model/predictions"),
    ("get", f"/model/predictions/{NOBODYS}"),
    ("delete", f"/model/predictions/{NOBODYS}"),
    ("get", f"/model/predictions/{NOBODYS}/image"),
    ("get", "/model"),
    ("get", "/model/labels"),
    ("get", "/models"),
    ("get", "/models/imagenet"),
    ("patch", "/models/imagenet"),
    ("get", "/models/imagenet/versions"),
    ("get", "/models/imagenet/labels"),
]
OWN = [
    ("get", "/model/predictions/{}"),
    ("delete", "/model/predictions/{}"),
    ("get", "/model/predictions/{}/image"),
]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_a_request_without_a_token_gets_401(anonymous, db, method, path, slash):
    response = getattr(anonymous, method)(path + slash)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert list(response.json()) == ["detail", "code"]


def test_a_session_cookie_does_not_authenticate_an_api_request(page, model):
    """The API takes no cookies, so no other site can send pictures in somebody's name."""
    assert page.get("/model/predictions").status_code == 401


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("method", "path"), OWN)
def test_another_persons_prediction_gets_404(api_for, make_user, user, ask, method, path, slash):
    theirs = ask(user, answered=False)
    for stranger in (
        make_user("grace@example.com"),
        make_user("root@example.com", is_staff=True, is_superuser=True),
    ):
        response = getattr(api_for(stranger), method)(path.format(theirs.pk) + slash)
        assert response.status_code == 404
        assert list(response.json()) == ["detail", "code"]
    theirs.refresh_from_db()


@pytest.mark.parametrize(("method", "path"), OWN)
@pytest.mark.parametrize("name", [NOBODYS, "1", "not-a-uuid"])
def test_a_prediction_that_does_not_exist_gets_404(api, method, path, name):
    response = getattr(api, method)(path.format(name))
    assert response.status_code == 404
    assert list(response.json()) == ["detail", "code"]
