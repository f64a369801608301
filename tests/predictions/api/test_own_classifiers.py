"""Classifiers of one's own over the API: made, changed, shared and deleted."""

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts import tokens
from accounts.throttles import SignupThrottle
from predictions.classifiers import Classifier
from predictions.registry import routing
from predictions.registry.ownership import new_classifier, set_public, share
from tests.pictures import photograph
from tests.predictions.client import predict
from tests.predictions.heads import add_colours
from tests.predictions.versions import promote


@pytest.fixture
def grace(make_user):
    return make_user("grace@example.com")


@pytest.fixture
def hers(api_for, grace):
    return api_for(grace)


@pytest.fixture
def own(model, user):
    """With a version that is not in use."""
    own = new_classifier(user, "Blue things")
    add_colours(model, own)
    return own


@pytest.fixture
def path(own):
    return f"/models/{own.name}"


@pytest.fixture
def roles(own):
    version = own.versions.get()
    return {"action": "promote", "version": version.pk}


def send(client, name):
    return predict(client, prefer="respond-async", model=name)


def names(client):
    return {found["name"] for found in client.get("/models").json()}


def unknown(name):
    return f"Unknown classifier {name!r}. Choose one of: imagenet"


def test_a_title_makes_a_classifier(api, user, model):
    made = api.post("/models", {"title": " Blue  things "})
    assert made.status_code == 201
    said = made.json()
    assert said == {
        "name": said["name"],
        "title": "Blue things",
        "champion": None,
        "labels": 0,
        "threshold": 0.5,
        "class_thresholds": {},
        "is_own": True,
        "is_public": False,
        "may_teach": True,
        "owner": user.email,
    }
    assert said["name"].startswith("blue-things-")
    assert made["Location"] == f"/models/{said['name']}"
    assert api.get(made["Location"]).json() == said
    assert Classifier.objects.get(name=said["name"]).owner == user


@pytest.mark.parametrize("body", [{}, {"title": " "}, {"title": 7}, {"title": "x" * 101}])
def test_without_a_title_none_is_made(api, body):
    response = api.post("/models", body)
    assert (response.status_code, list(response.json())) == (400, ["title"])
    assert not Classifier.objects.exclude(owner=None).exists()


def test_the_limit_is_said(api, own, settings):
    settings.CLASSIFIERS_PER_PERSON = 1
    response = api.post("/models", {"title": "Second"}, headers={"Accept-Language": "es"})
    assert response.status_code == 400
    assert response.json() == {"title": ["You have 1 classifier, the maximum. Delete it first."]}


def test_an_api_token_changes_ones_own_only_and_with_its_scope(model, staff):
    def script(*scopes):
        token = tokens.issue(staff, "script", scopes=list(scopes))
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {token}")

    refused = script("predict", "read", "feedback").post("/models", {"title": "Blue things"})
    assert (refused.status_code, "lacks the scope teach" in refused.json()["detail"]) == (403, True)
    client = script("teach")
    path = client.post("/models", {"title": "Blue things"})["Location"]
    assert client.patch(path, {"is_public": True}).status_code == 200
    assert client.delete(path).status_code == 204
    for response in (
        client.patch("/models/imagenet", {"title": "Mine"}),
        client.post("/models/imagenet/roles", {"action": "rollback"}),
    ):
        assert response.status_code == 403
        assert response.json()["detail"].startswith("API tokens change classifiers of their own")


@pytest.mark.parametrize(
    "below", ["", "/versions", "/labels", "/roles", "/roles/history", "/shares"]
)
def test_somebody_elses_is_unknown_like_one_that_does_not_exist(hers, own, below):
    for name in (own.name, "no-such-name"):
        response = hers.get(f"/models/{name}{below}")
        assert (response.status_code, response.json()["detail"]) == (404, unknown(name))
    assert names(hers) == {"imagenet"}


@pytest.mark.parametrize("way", ["/model/predict?model=", "/model/predictions?model="])
def test_nobody_else_asks_it_nor_learns_of_it(hers, own, roles, api, path, way):
    api.post(f"{path}/roles", roles)
    for name in (own.name, "no-such-name"):
        response = hers.post(f"{way}{name}", {"file": photograph()}, format="multipart")
        assert (response.status_code, response.json()["detail"]) == (404, unknown(name))
    response = hers.get(f"/model/predictions?model={own.name}")
    assert response.json() == {"model": [unknown(own.name)]}


def test_changes_of_somebody_elses_are_refused_as_if_it_did_not_exist(hers, own, path, roles):
    for response in (
        hers.patch(path, {"title": "Mine"}),
        hers.delete(path),
        hers.post(f"{path}/shares", {"email": "grace@example.com"}),
        hers.delete(f"{path}/shares?email=grace@example.com"),
        hers.post(f"{path}/roles", roles),
    ):
        assert (response.status_code, response.json()["detail"]) == (404, unknown(own.name))


@pytest.mark.parametrize("may_teach", [False, True])
def test_who_it_is_shared_with_sees_it_and_changes_nothing(
    api, hers, user, grace, own, path, roles, may_teach
):
    shared = api.post(f"{path}/shares", {"email": " GRACE@example.com", "may_teach": may_teach})
    assert shared.status_code == 201
    assert shared.json() == api.get(f"{path}/shares").json()[0]
    assert (shared.json()["email"], shared.json()["may_teach"]) == (grace.email, may_teach)
    said = hers.get(path).json()
    assert (said["is_own"], said["may_teach"], said["owner"]) == (False, may_teach, user.email)
    assert names(hers) == {"imagenet", own.name}
    for response in (
        hers.patch(path, {"title": "Mine"}),
        hers.delete(path),
        hers.get(f"{path}/shares"),
        hers.post(f"{path}/shares", {"email": "third@example.com"}),
        hers.delete(f"{path}/shares?email=ada@example.com"),
        hers.get(f"{path}/roles"),
        hers.post(f"{path}/roles", roles),
    ):
        assert response.status_code == 403
    gone = api.delete(f"{path}/shares?email=Grace@example.com")
    assert (gone.status_code, names(hers)) == (204, {"imagenet"})


def test_who_it_is_shared_with_leaves_it(api, hers, grace, own, path):
    api.post(f"{path}/shares", {"email": grace.email})
    assert hers.delete(f"{path}/shares?email={grace.email}").status_code == 204
    assert names(hers) == {"imagenet"}


def test_who_is_no_person_here_is_said(api, make_user, user, path):
    make_user("closed@example.com", is_active=False)
    for email in ("nobody@example.com", "closed@example.com"):
        response = api.post(f"{path}/shares", {"email": email})
        assert response.status_code == 400
        assert response.json() == {"email": ["Nobody has an account with this email."]}
    response = api.post(f"{path}/shares", {"email": user.email})
    assert response.json() == {"email": ["It belongs to this person already."]}
    response = api.delete(f"{path}/shares?email=nobody@example.com")
    assert response.status_code == 404


def test_asking_who_has_an_account_is_limited_as_signing_up_is(api, grace, path, monkeypatch):
    monkeypatch.setattr(SignupThrottle, "THROTTLE_RATES", {"signup": "1/hour"})
    assert api.post(f"{path}/shares", {"email": "nobody@example.com"}).status_code == 400
    assert api.post(f"{path}/shares", {"email": grace.email}).status_code == 429
    assert api.post("/users", {"email": grace.email}).status_code == 429


def test_what_is_public_is_listed_for_all_without_its_owners_email(api, hers, own, path):
    assert api.patch(path, {"is_public": True}).json()["is_public"] is True
    found = hers.get(path).json()
    assert (found["title"], found["is_public"], found["owner"]) == ("Blue things", True, None)
    assert hers.patch(path, {"is_public": False}).status_code == 403
    api.patch(path, {"is_public": False})
    assert names(hers) == {"imagenet"}


def test_its_owner_changes_title_and_thresholds_at_once(api, own, path):
    said = api.patch(path, {"title": "Blue", "threshold": 0.7, "class_thresholds": {"red": 0.9}})
    assert said.status_code == 200
    found = Classifier.objects.get(pk=own.pk)
    assert (found.name, found.title, found.threshold) == (own.name, "Blue", 0.7)
    refused = api.patch(path, {"title": "Other", "class_thresholds": {"green": 0.9}})
    assert list(refused.json()) == ["class_thresholds"]
    found.refresh_from_db()
    assert (found.title, found.class_thresholds) == ("Blue", {"red": 0.9})


def test_its_owner_changes_roles_and_reads_their_history(api, own, path, roles):
    assert api.get(f"{path}/roles").json()["champion"] is None
    assert len(api.get(f"{path}/versions").json()) == 1
    said = api.post(f"{path}/roles", roles)
    assert said.status_code == 200
    assert said.json()["champion"]["id"] == roles["version"]
    [change] = api.get(f"{path}/roles/history").json()
    assert (change["role"], change["by"]) == ("champion", "ada@example.com")


def test_owners_change_nothing_of_the_servers(api, own, model):
    body = {"action": "retire", "version": model.pk}
    assert api.post("/models/imagenet/roles", body).status_code == 403
    assert api.patch("/models/imagenet", {"title": "Mine"}).status_code == 403
    assert api.delete("/models/imagenet").status_code == 403
    assert api.get("/models/imagenet/shares").status_code == 403


def test_comparisons_which_show_pictures_of_all_are_not_for_owners(api, own, path, roles):
    pk = roles["version"]
    body = {"first": pk, "second": pk, "pictures": "latest"}
    assert api.post(f"{path}/comparisons", body).status_code == 403


def test_a_deleted_one_is_unknown(api, own, path):
    assert api.delete(path).status_code == 204
    assert api.get(path).json()["detail"] == unknown(own.name)
    assert names(api) == {"imagenet"}


def test_staff_see_and_change_those_of_people(api_for, staff, user, own, path, roles, grace):
    desk = api_for(staff)
    assert desk.get(path).json()["owner"] == user.email
    assert desk.post(f"{path}/roles", roles).status_code == 200
    assert desk.patch(path, {"is_public": True}).status_code == 200
    assert desk.post(f"{path}/shares", {"email": grace.email}).status_code == 201
    assert desk.delete(path).status_code == 204
    refused = desk.delete("/models/imagenet").json()
    assert refused["detail"] == "imagenet answers who names no classifier. It cannot be deleted."
    response = desk.patch("/models/imagenet", {"is_public": True})
    assert list(response.json()) == ["is_public"]


def test_staff_who_may_only_steer_versions_do_not_see_those_of_people(
    api_for, staff_with, own, path
):
    desk = api_for(staff_with("predictions.change_modelversion", "predictions.view_modelversion"))
    assert desk.get(f"{path}/roles").json()["detail"] == unknown(own.name)


def test_the_list_comes_in_pages(api, own):
    first = api.get("/models?limit=1")
    assert [found["name"] for found in first.json()] == ["imagenet"]
    second = api.get(first["Link"].partition("<")[2].partition(">")[0])
    assert [found["name"] for found in second.json()] == [own.name]


def test_the_sentence_about_an_unknown_one_names_so_many_at_most(api, user, model, monkeypatch):
    monkeypatch.setattr(routing, "NAMED", 1)
    own = new_classifier(user, "Blue things")
    said = api.get("/models/nothing").json()["detail"]
    assert said.endswith("Choose one of: imagenet, …")
    assert own.name not in said


def test_a_withdrawn_share_takes_effect_with_the_next_picture(api, hers, grace, own, path, roles):
    api.post(f"{path}/roles", roles)
    share(own, grace)
    assert send(hers, own.name).status_code == 202
    api.delete(f"{path}/shares?email={grace.email}")
    assert send(hers, own.name).json()["detail"] == unknown(own.name)
    set_public(own, True)
    assert send(hers, own.name).status_code == 202


def test_another_process_that_knows_the_roles_notices_a_withdrawn_share(hers, grace, own, roles):
    promote(own.versions.get())
    share(own, grace)
    send(hers, own.name)
    # As another process does it: this one's memory is as before.
    own.shares.all().delete()
    Classifier.objects.filter(pk=own.pk).update(revision=uuid4())
    assert routing.roles_of(own.name).shared_with == {grace.pk}
    assert send(hers, own.name).status_code == 404
