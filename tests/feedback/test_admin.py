import pytest

from feedback.models import Feedback
from feedback.services import give_feedback
from tests.predictions.heads import add_colours

PATH = "/admin/feedback/feedback/"


@pytest.fixture
def admin(page_for, staff):
    return page_for(staff)


@pytest.fixture
def record(user, ask):
    return give_feedback(ask(user), correct=False, label="latte", text="Too much milk.")


def test_feedback_is_listed_with_its_picture(admin, record):
    page = admin.get(PATH).content.decode()

    assert "Too much milk." in page
    assert "espresso" in page
    assert "<img" in page


@pytest.mark.parametrize("words", ["milk", "latte", "espresso", "ada@example.com"])
def test_feedback_is_found_by_its_text(admin, record, words):
    assert "Too much milk." in admin.get(PATH, {"q": words}).content.decode()
    assert "Too much milk." not in admin.get(PATH, {"q": "husky"}).content.decode()


def test_feedback_on_a_deleted_picture_can_be_opened(admin, record):
    assert admin.get(f"{PATH}{record.pk}/change/").status_code == 200
    record.prediction.delete()

    assert admin.get(PATH).status_code == 200
    assert admin.get(f"{PATH}{record.pk}/change/").status_code == 200


def test_classes_are_named_in_the_language_of_the_page(page_for, staff, user, ask):
    give_feedback(ask(user), correct=False, label="tiger_cat")
    give_feedback(ask(user), correct=False, label="la taza de Ana")
    staff.language = "es"
    staff.save()
    page = page_for(staff).get(PATH).content.decode()

    for name in ("café expreso", "gato rayado", "la taza de Ana", "✗ incorrecto"):
        assert name in page
    assert "tiger_cat" not in page


def test_classes_of_another_classifier_are_not_translated(page_for, staff, user, ask, model):
    said = give_feedback(ask(user), correct=False, label="tabby")
    colours = add_colours(model)
    said.prediction.inference.model_version = colours
    said.prediction.inference.save()
    Feedback.objects.update(predicted_class="tiger_cat", classifier=colours.classifier)
    staff.language = "es"
    staff.save()
    for picture in ("there", "deleted"):
        if picture == "deleted":
            said.prediction.delete()
        shown = page_for(staff).get(PATH).content.decode()
        assert "tiger_cat" in shown
        assert ">tabby<" in shown


def test_what_people_said_is_not_rewritten(admin, record):
    page = f"{PATH}{record.pk}/change/"
    form = {"feedback": "Fine.", "correct": "true", "user": record.user_id, "score": "0.1"}
    assert admin.post(page, form).status_code == 403
    assert admin.get(f"{PATH}add/").status_code == 403
    record.refresh_from_db()
    assert (record.feedback, record.correct) == ("Too much milk.", False)


@pytest.mark.parametrize("from_list", [False, True])
def test_what_staff_delete_is_in_the_audit_log(admin, staff, record, logged, from_list):
    if from_list:
        chosen = {"action": "delete_selected", "_selected_action": [record.pk], "post": "yes"}
        admin.post(PATH, chosen)
    else:
        admin.post(f"{PATH}{record.pk}/delete/", {"post": "yes"})
    assert not Feedback.objects.exists()
    (event,) = logged("deleted_by_staff")
    assert (event.actor_id, event.target_text) == (staff.pk, "Too much milk.")
    assert (event.target_type, event.target_id) == ("feedback.feedback", str(record.pk))
