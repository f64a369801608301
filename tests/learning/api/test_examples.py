"""`/models/{name}/examples`: the pictures that a classifier is taught with."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts import tokens
from accounts.audit import Action
from learning.models import Example
from predictions.registry.ownership import new_classifier, share
from tests.learning.teaching import give, waste
from tests.pictures import photograph
from tests.predictions.client import NOBODYS


def files(name, number):
    return [SimpleUploadedFile(path.name, path.read_bytes()) for path in waste(name, number)]


def send(api, address, *uploads, **fields):
    body = {"file": list(uploads), **fields}
    return api.post(f"{address}/examples", body, format="multipart")


def test_pictures_of_a_class_are_sent_listed_and_read(api, address):
    sent = send(api, address, *files("glass", 2), **{"class": "Glass"})
    assert sent.status_code == 200
    assert [entry["status"] for entry in sent.json()] == ["accepted", "accepted"]
    first, second = sent.json()
    listed = api.get(f"{address}/examples").json()
    assert [found["id"] for found in listed] == [second["id"], first["id"]]
    assert listed[1] == {
        "id": first["id"],
        "class": "glass",
        "file_name": waste("glass")[0].name,
        "problem": "",
        "twin": None,
        "confirmed": False,
        "prediction": None,
        "image": f"{address}/examples/{first['id']}/image",
        "created_at": listed[1]["created_at"],
    }
    assert api.get(first["url"]).json() == listed[1]
    assert b"".join(api.get(listed[1]["image"])).startswith(b"\xff\xd8")


def test_each_file_is_accepted_or_refused_on_its_own(api, address):
    notes = SimpleUploadedFile("notes.txt", b"hello")
    refused, accepted = send(api, address, notes, *files("glass", 1), **{"class": "Glass"}).json()
    assert refused == {
        "status": "refused",
        "file_name": "notes.txt",
        "detail": "File type is not supported.",
    }
    assert accepted["status"] == "accepted"


def test_a_picture_is_in_a_class_once(api, address):
    ids = {
        send(api, address, *files("glass", 1), **{"class": name}).json()[0]["id"]
        for name in ("Glass", "glass", "GLASS")
    }
    assert len(ids) == 1


def test_one_class_is_listed_a_page_at_a_time(api, user, classifier, address):
    give(user, classifier, "Glass", waste("glass", 3))
    give(user, classifier, "Paper", waste("paper", 1))
    page = api.get(f"{address}/examples?class=glass&limit=2")
    assert [found["class"] for found in page.json()] == ["glass", "glass"]
    (last,) = api.get(page["Link"].partition(">")[0][1:]).json()
    assert last["file_name"] == waste("glass")[0].name


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, {"class": ["This field is required."]}),
        ({"class": " "}, {"class": ["This field may not be blank."]}),
    ],
)
def test_files_without_a_class_are_refused(api, address, fields, said):
    refused = send(api, address, *files("glass", 1), **fields)
    assert (refused.status_code, refused.json()) == (400, said)


def test_a_request_without_a_file_is_refused(api, address):
    refused = send(api, address, **{"class": "Glass"})
    assert (refused.status_code, refused.json()["detail"]) == (400, "No file provided")


def test_a_person_has_so_many_examples_at_most(api, address, settings):
    settings.EXAMPLES_PER_PERSON = 1
    accepted, refused = send(api, address, *files("glass", 2), **{"class": "Glass"}).json()
    assert accepted["status"] == "accepted"
    assert refused["detail"] == "You have 1 pictures to learn from, and cannot have more."


def test_a_picture_of_the_history_becomes_an_example(api, user, ask, address):
    prediction = ask(user)
    body = {"prediction": str(prediction.pk), "class": "Cups"}
    made = api.post(f"{address}/examples", body, format="json")
    assert made.status_code == 201
    assert (made.json()["class"], made.json()["prediction"]) == ("cups", str(prediction.pk))
    assert api.get(made["Location"]).json() == made.json()
    assert b"".join(api.get(made.json()["image"])) == photograph().read()


def test_a_picture_of_anothers_history_does_not(api, make_user, ask, address):
    for pk in (ask(make_user("grace@example.com")).pk, NOBODYS):
        refused = api.post(
            f"{address}/examples", {"prediction": str(pk), "class": "Cups"}, format="json"
        )
        assert refused.status_code == 400
        assert refused.json() == {"prediction": ["Your history has no prediction with this id."]}
    assert not Example.objects.exists()


def test_an_example_is_confirmed_moved_and_deleted(api, user, classifier, address):
    (example,) = give(user, classifier, "Glass", waste("glass", 1))
    place = f"{address}/examples/{example.pk}"
    assert api.patch(place, {"confirmed": True}).json()["confirmed"] is True
    assert api.patch(place, {"confirmed": False}).json()["confirmed"] is False
    moved = api.patch(place, {"class": "Paper"}).json()
    assert (moved["id"], moved["class"], moved["confirmed"]) == (example.pk, "paper", True)
    assert api.delete(place).status_code == 204
    assert api.get(place).status_code == 404


def test_moving_to_a_class_that_has_the_picture_answers_with_that_example(
    api, user, classifier, address
):
    (wrong,) = give(user, classifier, "Glass", waste("glass", 1))
    (right,) = give(user, classifier, "Paper", waste("glass", 1))
    moved = api.patch(f"{address}/examples/{wrong.pk}", {"class": "paper"})
    assert moved.json()["id"] == right.pk
    assert not Example.objects.filter(pk=wrong.pk).exists()


@pytest.mark.parametrize("body", [{}, {"class": ""}, {"class": 5}, {"confirmed": "yes"}])
def test_a_change_that_says_nothing_is_refused(api, user, classifier, address, body):
    (example,) = give(user, classifier, "Glass", waste("glass", 1))
    refused = api.patch(f"{address}/examples/{example.pk}", body)
    assert refused.status_code == 400
    assert set(refused.json()) <= {"class", "confirmed"}


def test_an_example_of_another_classifier_is_not_found(api, user, classifier, make_user):
    (example,) = give(user, classifier, "Glass", waste("glass", 1))
    other = new_classifier(user, "Other")
    for pk in (example.pk, 2**70):
        assert api.get(f"/models/{other.name}/examples/{pk}").status_code == 404


def test_a_picture_is_opened_by_those_who_teach_and_by_staff_on_record(
    api_for, user, make_user, staff, staff_with, classifier, address, logged
):
    (example,) = give(user, classifier, "Glass", waste("glass", 1))
    place = f"{address}/examples/{example.pk}/image"
    friend = make_user("grace@example.com")
    assert api_for(friend).get(place).status_code == 404
    share(classifier, friend, may_teach=True)
    assert api_for(friend).get(place).status_code == 200
    assert logged(Action.PICTURE_OPENED) == []
    assert api_for(staff_with("predictions.change_classifier")).get(place).status_code == 404
    assert api_for(staff).get(place).status_code == 200
    (event,) = logged(Action.PICTURE_OPENED)
    assert (event.actor_id, event.detail) == (staff.pk, {"of": [user.email]})


def test_a_token_of_staff_teaches_what_is_theirs_alone(staff, user, address):
    secret = tokens.issue(staff, "script", ["read", "teach"])
    script = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
    own = f"/models/{new_classifier(staff, 'Own').name}"
    assert script.get(f"{own}/examples").status_code == 200
    assert script.get(f"{address}/examples").status_code == 404


def test_a_token_teaches_only_with_the_scope_for_it(user, address):
    def client(*scopes):
        secret = tokens.issue(user, "script", list(scopes))
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")

    glass = {"class": "Glass"}
    assert send(client("predict", "read"), address, *files("glass", 1), **glass).status_code == 403
    assert send(client("teach"), address, *files("glass", 1), **glass).status_code == 200
    for scope in ("read", "teach"):
        assert len(client(scope).get(f"{address}/examples").json()) == 1
