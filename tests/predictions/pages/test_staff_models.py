"""The page of a classifier for staff: its versions, what they do, and changing it."""

import pytest

from accounts.audit import Action
from feedback.models import Feedback
from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.models import Image, Inference
from predictions.registry import figures
from predictions.registry.roles import Changes
from tests.predictions.client import NOBODYS
from tests.predictions.heads import add_imagenet_head
from tests.predictions.pages.test_pages import text
from tests.predictions.versions import promote, version_like

pytestmark = pytest.mark.django_db
PAGE = "/staff/models/imagenet"


@pytest.fixture
def newer(model):
    return version_like(model, "newer")


@pytest.fixture
def staff_page(page_for, staff):
    return page_for(staff)


@pytest.fixture
def change(staff_page, model):
    """Confirms a change of a version's role on its page."""

    def change(version, action, **form):
        form = {"reason": "because", "seen": seen()} | form
        return staff_page.post(f"/staff/versions/{version.pk}/{action}", form, follow=True)

    return change


def seen():
    return str(Classifier.objects.get(name="imagenet").revision)


def roles():
    return dict(ModelVersion.objects.values_list("version", "role"))


def row_of(response, version):
    return next(row for row in response.context["rows"] if row.version == version)


def test_a_change_is_confirmed_in_words_and_with_a_reason(staff_page, change, model, newer, staff):
    listed = staff_page.get(PAGE).content.decode()
    address = f"/staff/versions/{newer.pk}/promote?seen={seen()}"
    assert f'href="{address}"' in listed
    shown = text(staff_page.get(address))
    assert f"{newer} answers all new pictures of imagenet." in shown
    assert f"{model} retires." in shown
    assert roles()["newer"] == "retired"
    response = change(newer, "promote", reason="better with cats")
    assert response.redirect_chain == [(PAGE, 302)]
    assert f"{newer} answers all new pictures of imagenet." in text(response)
    assert roles() == {model.version: "retired", "newer": "champion"}
    made = RoleChange.objects.latest("pk")
    assert (made.actor, made.reason) == (staff, "better with cats")
    assert "better with cats" in text(response)


def test_without_a_reason_nothing_changes(change, newer):
    response = change(newer, "promote", reason="")
    assert "This field is required." in text(response)
    assert seen() in response.content.decode()
    assert roles()["newer"] == "retired"


def test_a_challenger_gets_its_share(change, newer):
    response = change(newer, "challenge", share=20)
    assert "answers new pictures of 20 percent of the people." in text(response)
    assert "challenger, 20%" in text(response)
    assert "more than or equal" not in text(response)
    response = change(newer, "challenge", share=101)
    assert response.status_code == 200
    assert "less than or equal to 100" in text(response)
    assert ModelVersion.objects.get(pk=newer.pk).share == 20


@pytest.mark.parametrize(("action", "role"), [("shadow", "shadow"), ("retire", "retired")])
def test_the_other_roles_are_given_too(change, newer, action, role):
    Changes().challenge(newer, 10)
    change(newer, action)
    assert roles()["newer"] == role


def test_a_rollback_goes_back_to_the_champion_before(staff_page, model, newer):
    assert f"{PAGE}/rollback" not in staff_page.get(PAGE).content.decode()
    promote(newer)
    assert f"{PAGE}/rollback" in staff_page.get(PAGE).content.decode()
    assert f"{model} answers all new pictures" in text(staff_page.get(f"{PAGE}/rollback"))
    form = {"reason": "worse", "seen": seen()}
    assert "rolled back" in text(staff_page.post(f"{PAGE}/rollback", form, follow=True))
    assert roles()[model.version] == "champion"
    response = staff_page.get(f"{PAGE}/rollback", follow=True)
    assert "There is no champion before this one." in text(response)


@pytest.mark.parametrize("stale", [NOBODYS, "", "nonsense"])
def test_a_page_of_before_another_change_changes_nothing(staff_page, change, newer, stale):
    why = "Somebody else has changed the roles meanwhile."
    assert why in text(change(newer, "promote", seen=stale))
    assert roles()["newer"] == "retired"
    asked = staff_page.get(f"/staff/versions/{newer.pk}/promote?seen={stale}", follow=True)
    assert why in text(asked)
    response = staff_page.post(f"{PAGE}/threshold", {"threshold": 80, "seen": stale}, follow=True)
    assert why in text(response)


def test_what_is_refused_is_said(change, model, newer):
    assert "Promote another version first." in text(change(model, "retire"))
    ModelVersion.objects.filter(pk=newer.pk).update(manifest=model.manifest | {"version": "lost"})
    response = change(newer, "promote")
    assert "missing or damaged in the model store" in text(response)
    assert "Files missing" in text(response)


def test_addresses_of_nothing_get_404(staff_page, newer):
    paths = ("models/flowers/rollback", f"versions/{newer.pk}/destroy", "versions/0/promote")
    for path in paths:
        assert staff_page.get(f"/staff/{path}").status_code == 404
        assert staff_page.post(f"/staff/{path}").status_code == 404


def test_who_may_only_look_sees_no_buttons(page_for, staff_with, user, newer):
    promote(newer)
    viewer = page_for(staff_with("predictions.view_modelversion"))
    shown = viewer.get(PAGE).content.decode()
    assert "newer" in shown
    assert "/promote" not in shown
    assert "/rollback" not in shown
    assert '<form id="ensemble"' not in shown
    form = {"reason": "x", "seen": seen(), "threshold": 90}
    for path in ("rollback", "ensemble", "threshold"):
        assert viewer.post(f"{PAGE}/{path}", form).status_code == 403
    assert viewer.post(f"/staff/versions/{newer.pk}/retire", form).status_code == 403
    assert page_for(user).get(PAGE).status_code == 403
    assert 'href="/staff/models"' in viewer.get("/").content.decode()
    assert 'href="/staff/models"' not in page_for(user).get("/").content.decode()
    assert page_for(staff_with()).get("/staff/models").status_code == 403


def test_thresholds_are_for_who_may_change_classifiers(page_for, staff_with, model):
    rights = ["predictions.view_modelversion", "predictions.change_modelversion"]
    form = {"seen": seen(), "threshold": "80"}
    steers = page_for(staff_with(*rights))
    assert 'name="threshold"' not in steers.get(PAGE).content.decode()
    assert steers.post(f"{PAGE}/threshold", form).status_code == 403
    both = page_for(staff_with(*rights, "predictions.change_classifier"))
    assert 'name="threshold"' in both.get(PAGE).content.decode()
    assert both.post(f"{PAGE}/threshold", form).status_code == 302
    assert Classifier.objects.get().threshold == 0.8


def test_versions_are_ticked_for_an_ensemble(staff_page, model):
    head = add_imagenet_head(model)
    form = {"version": [model.pk, head.pk]}
    response = staff_page.post(f"{PAGE}/ensemble", form, follow=True)
    ensemble = ModelVersion.objects.get(name="ensemble")
    assert f"{ensemble} is made." in text(response)
    assert [member.version for member in ensemble.members.all()] == [model, head]
    assert f"The mean of: {model}, {head}" in text(response)
    one = staff_page.post(f"{PAGE}/ensemble", {"version": [model.pk, "x"]}, follow=True)
    assert "two or more different versions" in text(one)


def test_thresholds_are_percent(staff_page, model, logged):
    shown = text(staff_page.get(PAGE))
    assert "Empty: 50%." in shown
    form = {"seen": seen(), "threshold": "80", "another": "ESPRESSO", "another_threshold": "7"}
    response = staff_page.post(f"{PAGE}/threshold", form, follow=True)
    assert "Thresholds saved." in text(response)
    classifier = Classifier.objects.get()
    assert (classifier.threshold, classifier.class_thresholds) == (0.8, {"n07920052": 0.07})
    assert 'value="80"' in response.content.decode()
    assert 'value="7"' in response.content.decode()
    assert logged(Action.THRESHOLDS_CHANGED)
    emptied = {"seen": seen(), "threshold": "", "class-n07920052": ""}
    staff_page.post(f"{PAGE}/threshold", emptied)
    classifier.refresh_from_db()
    assert (classifier.threshold, classifier.class_thresholds) == (None, {})


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"threshold": "101"}, "Not sure below (percent): Ensure"),
        ({"threshold": "nan"}, "Not sure below (percent): Enter a number."),
        ({"another": "no such thing", "another_threshold": 5}, "No class has this name."),
    ],
)
def test_a_wrong_threshold_is_refused(staff_page, model, form, why):
    response = staff_page.post(f"{PAGE}/threshold", {"seen": seen()} | form, follow=True)
    assert why in text(response)
    assert Classifier.objects.get().threshold is None


def test_an_answer_is_unsure_by_the_threshold_of_its_classifier(page, user, ask, staff_page):
    prediction = ask(user)  # 95 %
    unsure = "Not sure. It may be one of these:"
    assert unsure not in text(page.get(f"/history/{prediction.pk}"))
    staff_page.post(f"{PAGE}/threshold", {"seen": seen(), "threshold": 99})
    assert unsure in text(page.get(f"/history/{prediction.pk}"))
    (card,) = page.get(f"/history/cards?id={prediction.pk}").json().values()
    assert 'data-state="unsure"' in card["html"]
    assert page.get("/history?confidence=unsure").context["predictions"] == [prediction]
    ids = {"correct": "yes", "ids": prediction.pk}
    assert page.post("/history/feedback", ids).json() == {}


@pytest.fixture
def answers(model, newer):
    """Makes answers of a version that took so many milliseconds, in batches of that size."""

    def answers(version, number, inference=10.0, batch_size=1, **fields):
        begin = Image.objects.count()
        images = Image.objects.bulk_create(
            Image(sha256=begin + at, md5=begin + at, width=1, height=1, size=1)
            for at in range(number)
        )
        timings = {"inference": inference, "batch_size": batch_size}
        fields = {"status": "done", "label": "x", "score": 1, "timings": timings} | fields
        return Inference.objects.bulk_create(
            Inference(image=image, model_version=version, **fields) for image in images
        )

    return answers


def test_each_version_has_its_figures(staff_page, answers, model, newer, user):
    answers(model, 3, 40.0, batch_size=8)
    answers(model, 1, status="queued", timings={})
    for at, inference in enumerate(answers(newer, 2, 7.0)):
        prediction = user.predictions.create(image=inference.image, inference=inference)
        for correct in (True, None, at == 0):  # what was said last counts
            fields = {"user": user, "predicted_class": "x", "score": 1, "correct": correct}
            Feedback.objects.create(prediction=prediction, **fields)
    response = staff_page.get(PAGE)
    old, new = (row_of(response, version).figures for version in (model, newer))
    assert (old.answers, old.milliseconds, old.right, old.wrong) == (3, 5.0, 0, 0)
    assert (new.answers, new.milliseconds, new.right, new.wrong) == (2, 7.0, 1, 1)
    assert old.size > 1_000_000
    assert "5.0\N{NO-BREAK SPACE}ms" in response.content.decode()


def test_only_so_many_rows_are_read(staff_page, answers, model, monkeypatch):
    monkeypatch.setattr(figures, "COUNTED", 4)
    monkeypatch.setattr(figures, "TIMED", 2)
    answers(model, 3, 40.0)
    answers(model, 3, 20.0)
    found = row_of(staff_page.get(PAGE), model).figures
    assert (found.answers, found.milliseconds) == (5, 20.0)


def test_the_number_of_statements_does_not_grow_with_versions(
    staff_page, model, newer, django_assert_max_num_queries
):
    for number in range(30):
        version_like(model, f"v{number}")
    staff_page.get(PAGE)
    with django_assert_max_num_queries(14):
        staff_page.get(PAGE)


def test_the_list_has_every_classifier_with_those_that_answer(staff_page, model, newer, colours):
    Changes().challenge(newer, 10)
    shown = text(staff_page.get("/staff/models"))
    assert "Colours" in shown
    assert "newer challenger, 10%" in shown
    ModelVersion.objects.all().update(role="retired")
    assert "No version answers." in text(staff_page.get("/staff/models"))
