"""Roles and thresholds in the admin: what staff are told, what they change, what is refused."""

import re

import pytest
from django.contrib.admin.models import LogEntry

from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.registry.roles import Changes
from predictions.registry.versions import add_ensemble
from tests.predictions.versions import promote, version_like

pytestmark = pytest.mark.django_db
VERSIONS = "/admin/predictions/modelversion/"


@pytest.fixture
def newer(model):
    RoleChange.objects.all().delete()
    return version_like(model, "newer")


@pytest.fixture
def desk(page_for, staff):
    return page_for(staff)


@pytest.fixture
def rollback(model):
    return f"/admin/predictions/classifier/{model.classifier_id}/rollback/"


def page_of(version, action):
    return f"{VERSIONS}{version.pk}/roles/{action}/"


def text(response):
    content = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", content[content.index('id="content"') :]).split())


def seen(classifier):
    return str(Classifier.objects.get(pk=classifier.pk).revision)


def confirm(desk, path, classifier, **fields):
    form = {"seen": seen(classifier), **fields}
    return desk.post(path, form, follow=True)


def role_of(version):
    return ModelVersion.objects.get(pk=version.pk).role


def test_the_page_says_what_a_promotion_will_do_and_does_nothing_yet(desk, model, newer):
    said = text(desk.get(page_of(newer, "promote")))
    assert f"{newer} answers all new pictures of imagenet. {model} retires." in said
    assert role_of(model) == "champion"


def test_a_confirmed_promotion_is_in_the_history_with_its_reason(desk, staff, model, newer):
    response = confirm(desk, page_of(newer, "promote"), model.classifier, reason="better")
    assert f"The role of {newer} is now: champion." in response.content.decode()
    assert (role_of(newer), role_of(model)) == ("champion", "retired")
    change = RoleChange.objects.get()
    assert (change.actor, change.reason) == (staff, "better")
    assert "better" in LogEntry.objects.get(object_id=str(newer.pk)).change_message


def test_the_sentences_name_the_shares_of_challengers(desk, model, newer):
    Changes().challenge(newer, 30)
    other = version_like(model, "other")
    said = text(desk.get(page_of(other, "promote")))
    assert "but for the 30 percent of the people whom challengers answer" in said
    assert "at most 70 are left" in text(desk.get(page_of(other, "challenge")))
    assert "It answers 30 percent now." in text(desk.get(page_of(newer, "challenge")))
    for action in ("retire", "shadow"):
        said = text(desk.get(page_of(newer, action)))
        assert f"{model} answers the 30 percent of the people whom it answers now." in said


def test_a_challenger_gets_the_share_of_the_form(desk, model, newer):
    confirm(desk, page_of(newer, "challenge"), model.classifier, share=25)
    newer.refresh_from_db()
    assert (newer.role, newer.share) == ("challenger", 25)


@pytest.mark.parametrize("share", ["101", "0", ""])
def test_a_share_that_is_none_is_refused_by_the_form(desk, model, newer, share):
    response = confirm(desk, page_of(newer, "challenge"), model.classifier, share=share)
    assert response.context["form"].errors["share"]
    assert role_of(newer) == "retired"


def test_a_rollback_says_who_comes_back(desk, model, newer, rollback):
    promote(newer)
    assert f"{model} answers all new pictures of imagenet." in text(desk.get(rollback))
    confirm(desk, rollback, model.classifier)
    assert role_of(model) == "champion"
    said = desk.get(rollback, follow=True).content.decode()
    assert "There is no champion before this one." in said


def test_who_looked_at_older_roles_is_refused_and_sees_those_of_now(desk, model, newer):
    other = version_like(model, "other")
    old = seen(model.classifier)
    promote(other)
    response = desk.post(page_of(newer, "promote"), {"seen": old, "reason": "better"})
    said = response.content.decode()
    assert "Somebody else has changed the roles meanwhile." in said
    assert f"{other} retires." in said
    assert 'value="better"' in said
    assert seen(model.classifier) in said
    assert role_of(other) == "champion"


def test_files_that_are_missing_are_said_on_the_page(desk, model):
    gone = version_like(model, "gone", manifest={**model.manifest, "version": "gone"})
    response = confirm(desk, page_of(gone, "promote"), model.classifier)
    assert "missing or damaged in the model store" in response.content.decode()
    assert role_of(model) == "champion"


def test_the_champion_has_no_buttons_and_no_way_to_retire(desk, model, newer):
    assert "/roles/" not in desk.get(f"{VERSIONS}{model.pk}/change/").content.decode()
    said = desk.get(page_of(model, "retire"), follow=True).content.decode()
    assert "It is the champion. Promote another version first." in said
    offered = desk.get(f"{VERSIONS}{newer.pk}/change/").content.decode()
    for action in ("promote", "challenge", "shadow"):
        assert page_of(newer, action) in offered
    assert page_of(newer, "retire") not in offered
    assert desk.get(page_of(newer, "rollback")).status_code == 404


@pytest.mark.parametrize("action", ["promote", "challenge", "shadow", "retire"])
def test_the_list_leads_to_the_page_for_one_selected_version(desk, model, newer, action):
    def choose(*versions):
        selected = [version.pk for version in versions]
        return desk.post(VERSIONS, {"action": action, "_selected_action": selected}, follow=False)

    assert choose(newer)["Location"] == page_of(newer, action)
    choose(newer, model)
    assert "Select exactly one version." in desk.get(VERSIONS).content.decode()


def test_staff_who_may_only_view_have_neither_buttons_nor_pages(
    page_for, staff_with, model, newer, rollback
):
    rights = [f"predictions.view_{name}" for name in ("modelversion", "classifier", "rolechange")]
    viewer = page_for(staff_with(*rights))
    assert "/roles/" not in viewer.get(f"{VERSIONS}{newer.pk}/change/").content.decode()
    classifier = f"/admin/predictions/classifier/{model.classifier_id}/change/"
    assert "rollback" not in viewer.get(classifier).content.decode()
    assert viewer.get(page_of(newer, "promote")).status_code == 403
    assert confirm(viewer, page_of(newer, "promote"), model.classifier).status_code == 403
    assert confirm(viewer, rollback, model.classifier).status_code == 403
    assert role_of(model) == "champion"


class TestThresholds:
    @pytest.fixture
    def save(self, desk, model):
        def save(**fields):
            form = {"title": "ImageNet", "threshold": "", "class_thresholds": "", **fields}
            form = {"seen": seen(model.classifier), **form}
            return desk.post(f"/admin/predictions/classifier/{model.classifier_id}/change/", form)

        return save

    def test_saving_them_renews_the_revision(self, save, model):
        before = seen(model.classifier)
        assert save(threshold="0.4", class_thresholds='{"n07920052": 0.9}').status_code == 302
        classifier = Classifier.objects.get()
        assert (classifier.threshold, classifier.title) == (0.4, "ImageNet")
        assert classifier.class_thresholds == {"n07920052": 0.9}
        assert seen(classifier) != before

    def test_a_title_alone_leaves_the_revision(self, save, model):
        before = seen(model.classifier)
        assert save(title="Things").status_code == 302
        assert (Classifier.objects.get().title, seen(model.classifier)) == ("Things", before)

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"threshold": "1.5"}, "less than or equal to 1"),
            ({"class_thresholds": '{"n0": 0.5}'}, "n0 is the key of no class of imagenet."),
            ({"class_thresholds": '{"n07920052": 2}'}, "not a number from 0 to 1"),
            ({"class_thresholds": "[1]"}, "Write {&quot;key&quot;: probability, …}."),
            ({"seen": "89597197-219e-415d-ac5d-f2c68b61c1e8"}, "Somebody else has changed"),
        ],
    )
    def test_what_is_wrong_is_said_on_the_form(self, save, fields, said):
        response = save(**fields)
        assert response.status_code == 200
        assert said in response.content.decode()
        assert Classifier.objects.get().threshold is None


class TestDeletion:
    @pytest.fixture
    def delete(self, desk):
        def delete(version):
            path = f"{VERSIONS}{version.pk}/delete/"
            said = text(desk.get(path))
            desk.post(path, {"post": "yes"})
            return said, not ModelVersion.objects.filter(pk=version.pk).exists()

        return delete

    def test_a_version_that_nothing_needs_is_deleted(self, delete, newer):
        said, is_gone = delete(newer)
        assert "Are you sure" in said
        assert is_gone

    def test_others_stay_and_the_page_says_why(self, delete, ask, user, model, newer):
        member, changed, answered = (version_like(model, name) for name in "abc")
        add_ensemble([member, model])
        Changes().shadow(changed)
        Changes().retire(changed)
        ask(user).inference.__class__.objects.update(model_version=answered)
        for version, why in [
            (model, "answers pictures. Retire it first."),
            (member, "belongs to an ensemble."),
            (changed, "is in the history of roles."),
            (answered, "has given answers, which name it."),
        ]:
            said, is_gone = delete(version)
            assert f"{version} {why}" in said
            assert not is_gone

    def test_of_several_selected_none_goes_if_one_must_stay(self, desk, model, newer):
        selected = {"action": "delete_selected", "_selected_action": [model.pk, newer.pk]}
        assert "Retire it first." in desk.post(VERSIONS, selected).content.decode()
        desk.post(VERSIONS, {**selected, "post": "yes"})
        assert ModelVersion.objects.count() == 2
