"""Who may answer: changes of roles, and those that are refused."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connection

from accounts.audit import Action
from predictions.classifiers import ModelVersion, RoleChange
from predictions.registry.roles import Changes, RoleRefused
from tests.predictions.versions import promote, version_like

pytestmark = pytest.mark.django_db


@pytest.fixture
def newer(model):
    return version_like(model, "newer")


def roles():
    return dict(ModelVersion.objects.values_list("version", "role"))


def test_promoting_retires_the_champion_before(model, newer):
    promote(newer)
    assert roles() == {model.version: "retired", "newer": "champion"}


def test_a_rollback_goes_back_promotion_by_promotion(model, newer):
    newest = version_like(model, "newest")
    promote(newer)
    promote(newest)
    change = Changes(reason="worse").rollback(model.classifier)
    assert (change.version, change.champion_before) == (newer, newest)
    assert Changes().rollback(model.classifier).version == model
    assert roles() == {model.version: "champion", "newer": "retired", "newest": "retired"}
    with pytest.raises(RoleRefused, match="no champion before"):
        Changes().rollback(model.classifier)


def test_after_a_rollback_and_a_promotion_a_rollback_goes_back_to_what_was_before(model, newer):
    promote(newer)
    Changes().rollback(model.classifier)
    promote(newer)
    assert Changes().rollback(model.classifier).version == model


@pytest.mark.parametrize("share", [-1, 0, 101, 1000])
def test_a_share_is_1_to_100_percent(newer, share):
    with pytest.raises(RoleRefused, match="1 to 100 percent"):
        Changes().challenge(newer, share)
    assert roles()["newer"] == "retired"


def test_all_challengers_together_have_at_most_100_percent(model, newer):
    Changes().challenge(newer, 60)
    with pytest.raises(RoleRefused, match="have 60 percent; at most 40 are left"):
        Changes().challenge(version_like(model, "third"), 41)
    Changes().challenge(version_like(model, "fourth"), 40)


@pytest.mark.parametrize("change", ["retire", "shadow", "challenge"])
def test_the_champion_keeps_its_role_until_another_is_promoted(model, change):
    arguments = [10] if change == "challenge" else []
    with pytest.raises(RoleRefused, match="Promote another version first"):
        getattr(Changes(), change)(model, *arguments)
    assert roles() == {model.version: "champion"}


@pytest.mark.parametrize("change", ["promote", "shadow", "challenge"])
@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_version_whose_files_are_not_as_they_were_gets_no_role(model, change, harm):
    folder = settings.MODEL_STORE / model.name / model.manifest["version"]
    damaged = folder.with_name("damaged")
    try:
        if harm == "changed":
            shutil.copytree(folder, damaged)
            (damaged / "model.bin").write_bytes(b"other weights")
        version = version_like(
            model, "damaged", manifest={**model.manifest, "version": damaged.name}
        )
        arguments = [10] if change == "challenge" else []
        with pytest.raises(RoleRefused, match="missing or damaged in the model store"):
            getattr(Changes(), change)(version, *arguments)
    finally:
        shutil.rmtree(damaged, ignore_errors=True)
    assert roles()["damaged"] == "retired"


def test_a_change_after_somebody_elses_is_refused(model, newer):
    seen = model.classifier.revision
    promote(newer)
    with pytest.raises(RoleRefused, match="Somebody else has changed the roles"):
        Changes(seen=seen).retire(model)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_promote_at_once_one_comes_after_the_other(model):
    versions = [version_like(model, f"v{number}") for number in range(4)]

    def change(version):
        try:
            promote(version)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        list(pool.map(change, versions))
    assert list(roles().values()).count("champion") == 1
    order = list(RoleChange.objects.order_by("pk"))
    assert [change.champion_before for change in order[1:]] == [c.version for c in order[:-1]]


def test_a_change_says_who_what_and_why(model, newer, staff, logged):
    Changes(actor=staff, reason="better with cats").challenge(newer, 10)
    change = RoleChange.objects.latest("pk")
    assert (change.actor, change.actor_email) == (staff, staff.email)
    assert (change.role_before, change.role, change.share) == ("retired", "challenger", 10)
    event = logged(Action.MODEL_ROLE_CHANGED)[-1]
    assert (event.actor_email, event.target_text) == (staff.email, str(newer))
    assert event.detail["reason"] == "better with cats"
    entry = LogEntry.objects.get()
    assert entry.user == staff
    assert entry.object_id == str(newer.pk)
    assert "retired → challenger" in entry.change_message
    assert "better with cats" in entry.change_message


def test_a_version_with_answers_cannot_be_deleted(ask, user, model):
    ask(user)
    with pytest.raises(Exception, match="protected"):
        model.delete()
