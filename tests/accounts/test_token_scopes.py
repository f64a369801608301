"""What an API token may do, by the URL configuration: a view nobody has thought about is shut."""

from uuid import uuid4

import pytest
from django.urls import URLResolver, get_resolver
from rest_framework.test import APIClient
from rest_framework.views import APIView

from accounts import tokens
from accounts.authentication import BearerAuthentication
from accounts.models import ApiToken
from accounts.scopes import Scope
from predictions.api.model_views import ModelView
from tests.pictures import upload

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def views(patterns, before=""):
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, route)
        elif issubclass(getattr(pattern.callback, "cls", object), APIView):
            yield route, pattern.callback.cls


def doors():
    """Each method of each API view that tells people by their Authorization header."""
    for route, view in views(get_resolver().url_patterns):
        if BearerAuthentication not in view.authentication_classes:
            continue
        for method in METHODS:
            if hasattr(view, method.lower()):
                yield f"{method} /{route}"


ANONYMOUS = {"POST /login", "POST /login/refresh", "POST /users", "POST /user"}


@pytest.fixture
def client_with(user):
    def client(*scopes):
        secret = tokens.issue(user, "script", list(scopes))
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}", raise_request_exception=False)

    return client


@pytest.fixture
def knock(user):
    def knock(client, door):
        method, _, route = door.partition(" ")
        path = route.replace("<int:pk>", str(user.pk)).replace("<id:pk>", str(uuid4()))
        path = path.replace("<slug:name>", "imagenet").replace("<slug:key>", "glass")
        return getattr(client, method.lower())(path)

    return knock


@pytest.mark.parametrize("door", sorted(set(doors()) - ANONYMOUS))
def test_a_token_without_scopes_is_refused_everywhere(client_with, knock, door):
    response = knock(client_with(), door)

    assert response.status_code == 403
    assert "API token" in response.json()["detail"]


NEEDED = {
    "GET /users": "read",
    "GET /users/me": "read",
    "GET /users/<int:pk>": "read",
    "PATCH /users/<int:pk>": "predict and read and feedback",
    "POST /model/predict": "predict",
    "POST /model/predictions": "predict",
    "GET /model/predictions": "read",
    "GET /model/predictions/<id:pk>": "predict or read",
    "DELETE /model/predictions/<id:pk>": "predict",
    "GET /model/predictions/<id:pk>/image": "read",
    "GET /model/predictions/<id:pk>/similar": "read",
    "GET /model": "predict or read or feedback or teach or data-sets",
    "GET /model/labels": "predict or read or feedback or teach or data-sets",
    "GET /models/<slug:name>/roles": "read",
    "GET /models/<slug:name>/roles/history": "read",
    "GET /models": "predict or read or feedback or teach or data-sets",
    "POST /models": "teach",
    "PATCH /models/<slug:name>": "teach",
    "DELETE /models/<slug:name>": "teach",
    "GET /models/<slug:name>/shares": "read",
    "POST /models/<slug:name>/shares": "teach",
    "DELETE /models/<slug:name>/shares": "teach",
    "POST /models/<slug:name>/roles": "teach",
    "GET /models/<slug:name>": "predict or read or feedback or teach or data-sets",
    "GET /models/<slug:name>/versions": "predict or read or feedback or teach or data-sets",
    "GET /models/<slug:name>/labels": "predict or read or feedback or teach or data-sets",
    "GET /model/bulk/<id:pk>": "predict or read",
    "POST /models/<slug:name>/comparisons": "predict and read",
    "GET /comparisons/<id:pk>": "read",
    "POST /model/predictions/<id:pk>/feedback": "feedback",
    "POST /feedback": "feedback",
    "GET /feedback": "read",
    "GET /models/<slug:name>/classes": "read or teach",
    "POST /models/<slug:name>/classes": "teach",
    "GET /models/<slug:name>/classes/<slug:key>": "read or teach",
    "PATCH /models/<slug:name>/classes/<slug:key>": "teach",
    "DELETE /models/<slug:name>/classes/<slug:key>": "teach",
    "GET /models/<slug:name>/examples": "read or teach",
    "POST /models/<slug:name>/examples": "teach",
    "GET /models/<slug:name>/examples/<int:pk>": "read or teach",
    "PATCH /models/<slug:name>/examples/<int:pk>": "teach",
    "DELETE /models/<slug:name>/examples/<int:pk>": "teach",
    "GET /models/<slug:name>/examples/<int:pk>/image": "read or teach",
    "POST /models/<slug:name>/archives": "teach",
    "GET /models/<slug:name>/archives/<id:pk>": "read or teach",
    "DELETE /models/<slug:name>/archives/<id:pk>": "teach",
    "POST /models/<slug:name>/versions/<int:pk>/export": "teach",
    "POST /models/<slug:name>/packages": "teach",
    "GET /models/<slug:name>/packages/<id:pk>": "read or teach",
    "DELETE /models/<slug:name>/packages/<id:pk>": "teach",
    "GET /models/<slug:name>/packages/<id:pk>/file": "read or teach",
    "GET /models/<slug:name>/corrections": "read or teach",
    "POST /models/<slug:name>/corrections": "teach",
    "GET /models/<slug:name>/problems": "read or teach",
    "GET /models/<slug:name>/trainings": "read or teach",
    "POST /models/<slug:name>/trainings": "teach",
    "GET /models/<slug:name>/trainings/<id:pk>": "read or teach",
    "DELETE /models/<slug:name>/trainings/<id:pk>": "teach",
    "GET /models/<slug:name>/trainings/<id:pk>/outcomes": "read or teach",
    "GET /models/<slug:name>/data-sets/exports": "data-sets",
    "POST /models/<slug:name>/data-sets/exports": "data-sets",
    "GET /models/<slug:name>/data-sets/exports/<id:pk>": "data-sets",
    "DELETE /models/<slug:name>/data-sets/exports/<id:pk>": "data-sets",
    "GET /models/<slug:name>/data-sets/exports/<id:pk>/file": "data-sets",
    "GET /models/<slug:name>/data-sets/imports": "data-sets",
    "POST /models/<slug:name>/data-sets/imports": "data-sets",
    "GET /models/<slug:name>/data-sets/imports/<id:pk>": "data-sets",
    "DELETE /models/<slug:name>/data-sets/imports/<id:pk>": "data-sets",
    "POST /models/<slug:name>/data-sets/imports/<id:pk>/cancel": "data-sets",
    "GET /webhooks": "read",
    "POST /webhooks": "predict and read",
    "GET /webhooks/<id:pk>": "read",
    "DELETE /webhooks/<id:pk>": "predict and read",
    "POST /webhooks/<id:pk>/test": "predict and read",
    "GET /webhooks/<id:pk>/deliveries": "read",
}
NEVER = {
    "POST /logout",
    "DELETE /users/<int:pk>",
}
ALIASES = {door.replace("/users", "/user") for door in {*NEEDED, *NEVER} if "/users" in door}


def test_every_api_view_is_in_the_table():
    assert {*NEEDED, *NEVER} | ALIASES | ANONYMOUS == set(doors())


@pytest.mark.parametrize(("door", "needed"), NEEDED.items())
def test_the_refusal_names_the_scope_that_is_missing(client_with, knock, door, needed):
    said = knock(client_with(), door).json()["detail"]

    assert said == f"This API token lacks the scope {needed}."


@pytest.mark.parametrize(
    ("door", "scope"),
    [
        (door, scope)
        for door, needed in NEEDED.items()
        for scope in Scope.values
        if " and " not in needed
    ],
)
def test_a_scope_allows_only_the_methods_that_need_it(client_with, knock, door, scope, model):
    said = knock(client_with(scope), door)

    is_refused = said.status_code == 403 and "lacks the scope" in said.json()["detail"]
    assert is_refused is (scope not in NEEDED[door].split(" or "))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_a_method_without_declared_scopes_is_refused(user, rf, method):
    class More(ModelView):
        post = put = patch = delete = trace = ModelView.get

    bearer = f"Bearer {tokens.issue(user, 'all')}"
    request = rf.generic(method, "/model", headers={"Authorization": bearer})

    response = More.as_view()(request)

    assert response.status_code == 403
    assert response.data["detail"].startswith("API tokens cannot do this.")


def test_an_access_token_has_all_scopes(api, user, model):
    assert api.get("/users/me").status_code == 200
    assert api.patch(f"/users/{user.pk}", {"username": "Ada L."}).status_code == 200
    assert api.post("/feedback", {}).status_code == 400


def test_the_predict_scope_allows_sending_a_picture_and_reading_its_answer(client_with, model):
    script = client_with("predict")
    with upload("coffee.png") as file:
        sent = script.post(
            "/model/predict", {"file": file}, format="multipart", headers={"Prefer": "wait=0"}
        )

    assert sent.status_code == 504
    assert script.get(sent["Location"]).json()["status"] == "queued"
    assert script.get("/model/predictions").status_code == 403
    assert script.delete(sent["Location"]).status_code == 204


def test_tokens_from_before_scopes_keep_all_permissions(user, anonymous):
    """As the migration writes them: with the default."""
    secret = "ic_" + "x" * 43
    ApiToken.objects.create(user=user, name="old", hash=tokens.digest(secret.encode()))
    anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")

    assert anonymous.get("/model/predictions").status_code == 200
    assert anonymous.get("/feedback").status_code == 200
    assert anonymous.patch(f"/users/{user.pk}", {"username": "Ada L."}).status_code == 200
