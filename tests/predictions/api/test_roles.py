"""Staff change the roles of versions over the API, and read who changed them."""

from uuid import uuid4

import pytest

from accounts import staff_factor
from accounts.audit import Action
from predictions.classifiers import ModelVersion, RoleChange
from tests.predictions.heads import add_colours
from tests.predictions.versions import promote, version_like

pytestmark = pytest.mark.django_db
ROLES = "/models/imagenet/roles"


@pytest.fixture
def newer(model):
    RoleChange.objects.all().delete()
    return version_like(model, "newer")


@pytest.fixture
def desk(api_for, staff):
    return api_for(staff)


@pytest.fixture
def change(desk):
    def change(action, version=None, **fields):
        body = {"action": action, **fields}
        if version is not None:
            body["version"] = version.pk
        return desk.post(ROLES, body, format="json")

    return change


def named(version, **fields):
    return {"id": version.pk, "name": version.name, "version": version.version, **fields}


def role_of(version):
    return ModelVersion.objects.get(pk=version.pk).role


def test_a_change_is_answered_with_the_roles_as_they_are_now(change, desk, model, newer):
    shadow = version_like(model, "unseen")
    change("shadow", shadow)
    response = change("challenge", newer, share=10)
    assert response.status_code == 200
    said = response.json()
    assert said.pop("revision") == str(type(model.classifier).objects.get().revision)
    assert said == {
        "classifier": "imagenet",
        "champion": named(model, share=90),
        "challengers": [named(newer, share=10)],
        "shadows": [named(shadow)],
    }
    assert desk.get(ROLES).json()["champion"] == said["champion"]


def test_every_action_changes_the_role(change, model, newer):
    for action, role in [("shadow", "shadow"), ("retire", "retired"), ("promote", "champion")]:
        assert change(action, newer).status_code == 200
        assert role_of(newer) == role
    assert change("rollback").json()["champion"]["id"] == model.pk


def test_the_history_says_who_what_and_why_newest_first(change, desk, staff, model, newer):
    change("challenge", newer, share=10)
    change("promote", newer, reason="better with cats")
    newest, oldest = desk.get(f"{ROLES}/history").json()
    del newest["created_at"], newest["id"]
    assert newest == {
        "version": named(newer),
        "role_before": "challenger",
        "role": "champion",
        "share_before": 10,
        "share": 0,
        "champion_before": named(model),
        "is_rollback": False,
        "is_undone": False,
        "by": staff.email,
        "reason": "better with cats",
    }
    assert (oldest["role"], oldest["share"]) == ("challenger", 10)
    first_page = desk.get(f"{ROLES}/history?limit=1")
    assert [entry["role"] for entry in first_page.json()] == ["champion"]
    assert 'rel="next"' in first_page["Link"]


def test_the_audit_log_has_the_address_of_who_changed_it(change, newer, staff, logged):
    change("promote", newer)
    event = logged(Action.MODEL_ROLE_CHANGED)[-1]
    assert (event.actor_email, event.address) == (staff.email, "127.0.0.1")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "action"),
        ({"action": "crown"}, "action"),
        ({"action": "promote"}, "version"),
        ({"action": "promote", "version": 10**30}, "version"),
        ({"action": "promote", "version": "newer"}, "version"),
        ({"action": "challenge", "version": 1}, "share"),
        ({"action": "challenge", "version": 1, "share": 101}, "share"),
        ({"action": "rollback", "reason": "x" * 301}, "reason"),
        ({"action": "rollback", "revision": "latest"}, "revision"),
    ],
)
def test_what_is_missing_or_wrong_is_said_by_field(desk, newer, body, field):
    response = desk.post(ROLES, body, format="json")
    assert response.status_code == 400
    assert list(response.json()) == [field]


def test_a_version_of_another_classifier_is_not_found_in_this_one(change, model):
    colours = add_colours(model)
    response = change("promote", colours)
    assert response.status_code == 400
    assert response.json() == {"version": [f"imagenet has no version with the id {colours.pk}."]}


def test_an_unknown_classifier_is_a_404_that_names_the_known_ones(desk, model):
    for path in ("/models/dogs/roles", "/models/dogs/roles/history"):
        response = desk.get(path)
        assert response.status_code == 404
        said = "Unknown classifier 'dogs'. Choose one of: imagenet"
        assert response.json()["detail"] == said


def test_refused_changes_are_conflicts_said_in_english(change, desk, model, newer):
    body = {"action": "retire", "version": model.pk}
    response = desk.post(ROLES, body, format="json", headers={"Accept-Language": "es"})
    assert response.status_code == 409
    assert response.json()["detail"] == "It is the champion. Promote another version first."
    gone = version_like(model, "gone", manifest={**model.manifest, "version": "gone"})
    assert "missing or damaged" in change("promote", gone).json()["detail"]
    assert change("rollback").json()["detail"] == "There is no champion before this one."
    change("challenge", newer, share=60)
    assert change("challenge", gone, share=60).status_code == 409
    assert role_of(model) == "champion"


def test_of_two_staff_who_saw_the_same_roles_the_second_is_refused(change, desk, model, newer):
    seen = desk.get(ROLES).json()["revision"]
    assert change("promote", newer, revision=seen).status_code == 200
    response = change("promote", model, revision=seen)
    assert response.status_code == 409
    assert "Somebody else has changed the roles meanwhile" in response.json()["detail"]
    assert role_of(newer) == "champion"
    assert change("promote", model, revision=str(uuid4())).status_code == 409


def test_viewing_takes_one_permission_and_changing_another(api_for, staff_with, newer):
    viewer = api_for(staff_with("predictions.view_modelversion"))
    assert viewer.get(ROLES).status_code == viewer.get(f"{ROLES}/history").status_code == 200
    body = {"action": "promote", "version": newer.pk}
    assert viewer.post(ROLES, body, format="json").status_code == 403
    changer = api_for(staff_with("predictions.change_modelversion"))
    assert changer.post(ROLES, body, format="json").status_code == 200


def test_staff_without_a_required_second_factor_are_refused(change, newer, settings):
    settings.REQUIRE_TWO_FACTOR_FOR_STAFF = True
    response = change("promote", newer)
    assert (response.status_code, response.json()["detail"]) == (403, staff_factor.REFUSED)


def test_another_classifiers_roles_are_its_own(desk, model):
    colours = add_colours(model)
    promote(colours)
    said = desk.get("/models/colours/roles").json()
    assert (said["classifier"], said["champion"]) == ("colours", named(colours, share=100))
