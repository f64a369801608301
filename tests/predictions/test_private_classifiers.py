"""A classifier of one person leaves no trace where others look: on pages, in metrics, in MLflow."""

import pytest

from accounts import staff_factor
from classifier_site.operations.model_metrics import look_at_roles
from predictions import services
from predictions.classifiers import Classifier
from predictions.comparisons.models import Comparison
from predictions.inference.errors import ModelNotPrepared
from predictions.mlflow import outbox
from predictions.mlflow.models import Pending
from predictions.models import Inference
from predictions.queueing.batch import raise_if_champion
from predictions.registry.ownership import (
    delete_classifier,
    new_classifier,
    rename,
    set_public,
    share,
    unshare,
)
from predictions.registry.predictors import load_what_answers
from predictions.registry.roles import Changes
from tests.pictures import upload
from tests.predictions.heads import add_colours
from tests.predictions.in_process import answer
from tests.predictions.versions import promote, version_like

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace(make_user):
    return make_user("grace@example.com")


@pytest.fixture
def hers(page_for, grace):
    return page_for(grace)


@pytest.fixture
def own(user, model):
    """Of Ada, and in use."""
    own = new_classifier(user, "Secret colours")
    promote(add_colours(model, own))
    return own


@pytest.fixture
def answered(own, grace):
    """What it has answered Grace while it was shared with her."""
    share(own, grace)
    with upload("coffee.png") as file:
        asked = services.request_prediction(grace, file, classifier=own.name)
    answer([asked.inference])
    unshare(own, grace)
    asked.inference.refresh_from_db()
    return asked


def shown(page, path):
    return page.get(path).content.decode()


def test_it_is_offered_on_the_pages_of_those_to_whom_it_is_open(page, hers, grace, own):
    assert "Secret colours" in shown(page, "/")
    assert "Secret colours" not in shown(hers, "/")
    share(own, grace)
    assert "Secret colours" in shown(hers, "/")
    unshare(own, grace)
    set_public(own, True)
    assert "Secret colours" in shown(hers, "/")


def test_staff_are_not_offered_what_is_not_theirs_to_ask_with(page_for, staff, own):
    assert "Secret colours" not in shown(page_for(staff), "/")


def test_answers_stay_in_the_history_under_the_name_they_had(hers, grace, own, answered):
    rename(own, "New secret")
    pages = [shown(hers, path) for path in ("/history", f"/history/{answered.pk}", "/")]
    assert all(own.name in html and "New secret" not in html for html in pages)
    assert "Another model answers" not in pages[1]
    assert hers.get(f"/history?model={own.name}").context["predictions"] == [answered]
    word = answered.inference.label.split()[0]
    assert hers.get("/history", {"search": word}).context["predictions"] == [answered]
    delete_classifier(own)
    assert hers.get(f"/history?model={own.name}").context["predictions"] == [answered]


def test_sending_a_picture_again_to_what_is_shared_no_more_is_refused(hers, own, answered):
    sent = hers.post(f"/history/{answered.pk}/again", follow=True)
    assert "This classifier no longer exists." in sent.content.decode()


def test_a_history_says_of_somebody_elses_what_it_says_of_an_unknown_one(hers, api_for, grace, own):
    for name in (own.name, "no-such-name"):
        assert hers.get(f"/history?model={name}").status_code == 400
    assert own.title not in shown(hers, "/history")


def test_its_classes_are_found_by_those_who_may_know_them(page, hers, grace, own):
    label_set = own.versions.get().label_set_id
    path = f"/history/labels?labels={label_set}&q=blue"
    assert page.get(path).json() == [{"name": "Blue things", "about": ""}]
    assert hers.get(path).status_code == 404
    share(own, grace)
    assert hers.get(path).status_code == 200


def test_its_classes_can_still_be_corrected_to_by_whom_it_has_answered(hers, own, answered):
    path = f"/history/labels?labels={own.versions.get().label_set_id}&q=blue"
    assert hers.get(path).status_code == 200


def test_a_word_means_its_classes_only_to_those_who_may_know_them(
    api, api_for, grace, ask, user, own
):
    """It calls a cup of espresso `secret`; everybody's espressos are of that key and label."""
    labels = type(own.versions.get().label_set).objects.create(
        sha256="secret", classes=[["n07920052", "espresso", "n00000001"]]
    )
    version_like(own.versions.get(), "other", label_set=labels)
    ask(user)
    ask(grace)
    assert len(api.get("/model/predictions?label=n00000001").json()) == 1
    assert api_for(grace).get("/model/predictions?label=n00000001").json() == []


@pytest.mark.parametrize("path", ["", "/compare", "/rollback"])
def test_staff_see_those_of_people_with_the_permission_for_classifiers(
    page_for, staff_with, own, path
):
    rights = ["predictions.view_modelversion", "predictions.change_modelversion"]
    newer = version_like(own.versions.get(), "newer")
    Changes().promote(newer)
    some, all_ = (
        page_for(staff_with(*rights)),
        page_for(staff_with(*rights, "predictions.view_classifier")),
    )
    assert some.get(f"/staff/models/{own.name}{path}").status_code == 404
    assert all_.get(f"/staff/models/{own.name}{path}").status_code == 200
    assert some.get(f"/staff/versions/{newer.pk}/retire").status_code == 404
    comparison = Comparison.objects.create(first=newer, second=newer, number=0)
    assert some.get(comparison.get_absolute_url()).status_code == 404
    assert all_.get(comparison.get_absolute_url()).status_code == 200


def test_staff_see_the_servers_first_then_those_of_people_in_pages(
    page_for, staff, staff_with, user, own, monkeypatch
):
    monkeypatch.setattr("predictions.pages.staff_models.ON_A_PAGE", 1)
    newer = new_classifier(user, "Newer")
    desk = page_for(staff)
    first, second = (shown(desk, f"/staff/models?page={number}") for number in (1, 2))
    for html in (first, second):
        assert html.index("ImageNet, 1,000 classes") < html.index(user.email)
    assert (newer.title in first, own.title in first) == (True, False)
    assert (newer.title in second, own.title in second) == (False, True)
    clerk = page_for(staff_with("predictions.view_modelversion"))
    assert "Classifiers of people" not in shown(clerk, "/staff/models")


@pytest.mark.parametrize("name", ["classifier", "modelversion", "rolechange"])
@pytest.mark.parametrize("whose", ["server", "people", "public", ""])
def test_the_admin_lists_those_of_people_for_staff_with_the_permission(
    page_for, staff, staff_with, own, name, whose
):
    query = f"?whose={whose}" if name == "classifier" else ""
    path = f"/admin/predictions/{name}/{query}"
    assert (own.name in shown(page_for(staff), path)) == (whose in ("people", "") or not query)
    if name != "classifier":
        clerk = page_for(staff_with(f"predictions.view_{name}"))
        assert own.name not in shown(clerk, path)


def test_metrics_name_those_that_everybody_may_ask(own):
    def labels():
        return {
            sample.labels["classifier"] for metric in look_at_roles() for sample in metric.samples
        }

    assert own.name not in labels()
    set_public(own, True)
    assert own.name in labels()


def test_mlflow_is_told_of_the_servers_alone(own, user, model, settings):
    settings.MLFLOW_TRACKING_URI = "http://127.0.0.1:1"
    Changes().promote(version_like(own.versions.get(), "newer"))
    set_public(own, True)
    Changes().promote(version_like(own.versions.get(role="champion"), "newest"))
    outbox.put_all_roles()
    told = set(Pending.objects.values_list("classifier__name", flat=True))
    assert own.name not in told
    assert "imagenet" in told


def test_a_worker_starts_without_the_files_of_what_people_teach(own, model):
    version = own.versions.get()
    gone = {**version.manifest, "version": "gone"}
    type(version).objects.filter(pk=version.pk).update(manifest=gone)
    load_what_answers()
    error = ModelNotPrepared("gone")
    raise_if_champion(version.pk, error)  # fails its own jobs alone
    with pytest.raises(ModelNotPrepared):
        raise_if_champion(model.pk, error)


def test_thresholds_of_what_was_answered_count(hers, own, answered):
    Inference.objects.filter(pk=answered.inference_id).update(score=0.9)
    Classifier.objects.filter(pk=own.pk).update(threshold=0.95)
    assert hers.get("/history?confidence=unsure").context["predictions"] == [answered]
    body = {"ids": str(answered.pk), "correct": "yes"}
    assert hers.post("/history/feedback", body).json() == {}


def test_a_second_factor_that_staff_lack_keeps_nobody_from_asking(api_for, staff, own, settings):
    settings.REQUIRE_TWO_FACTOR_FOR_STAFF = True
    client = api_for(staff)
    assert [found["name"] for found in client.get("/models").json()] == ["imagenet"]
    mine = client.post("/models", {"title": "Mine"})["Location"]
    assert client.patch(mine, {"title": "Still mine"}).status_code == 200
    response = client.patch("/models/imagenet", {"title": "Not mine"})
    assert (response.status_code, response.json()["detail"]) == (403, staff_factor.REFUSED)
