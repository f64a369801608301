import re
from uuid import uuid4

import pytest

from feedback.models import Feedback
from predictions.labels.words import class_name


@pytest.fixture
def prediction(user, ask):
    return ask(user)


@pytest.fixture
def give(page, prediction):
    """Sends the form on the page of the prediction and follows to what it shows then."""
    return lambda **form: page.post(f"/history/{prediction.pk}/feedback", form, follow=True)


def test_one_button_marks_an_answer_as_right(give, user, prediction):
    response = give(correct="yes")

    assert response.redirect_chain == [(f"/history/{prediction.pk}", 302)]
    assert "Thank you for your feedback" in response.content.decode()
    record = Feedback.objects.get()
    assert (record.user, record.prediction, record.correct) == (user, prediction, True)
    assert record.predicted_class == "espresso"
    assert record.score == prediction.inference.score
    assert record.image_file_name == prediction.image_file_name


@pytest.mark.parametrize("written", ["Siberian_husky", "siberian husky", " Siberian Husky "])
def test_a_correction_accepts_a_class_as_people_write_it(give, written):
    give(correct="no", label=written)

    assert Feedback.objects.get().label == "Siberian_husky"
    assert Feedback.objects.get().correct is False


def test_a_correction_accepts_free_text(give):
    give(correct="no", label="my neighbour's dog", feedback="He is called Rex.")

    assert Feedback.objects.get().label == "my neighbour's dog"
    assert Feedback.objects.get().feedback == "He is called Rex."


def test_a_correction_to_the_answer_itself_says_that_it_is_right(give):
    give(correct="no", label="Espresso")

    assert (Feedback.objects.get().correct, Feedback.objects.get().label) == (True, "")


def test_a_form_without_a_verdict_is_refused(give):
    assert 'class="message error"' in give(feedback="Hm.").content.decode()
    assert not Feedback.objects.exists()


def test_somebody_elses_prediction_is_not_found(page_for, make_user, prediction):
    strangers_page = page_for(make_user("grace@example.com"))

    response = strangers_page.post(f"/history/{prediction.pk}/feedback", {"correct": "yes"})

    assert response.status_code == 404
    assert not Feedback.objects.exists()


def test_a_prediction_without_an_answer_accepts_no_feedback(page, user, ask):
    waiting = ask(user, "rocket.jpg", answered=False)

    response = page.post(f"/history/{waiting.pk}/feedback", {"correct": "yes"})

    assert response.status_code == 404


def test_giving_feedback_requires_sign_in(client, db):
    response = client.post(f"/history/{uuid4()}/feedback", {"correct": "yes"})

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login")


def test_new_feedback_replaces_the_old(give):
    give(correct="no", label="cup", feedback="It is a cup.")
    give(correct="yes")

    record = Feedback.objects.get()
    assert (record.correct, record.label, record.feedback) == (True, "", "It is a cup.")


def test_feedback_from_the_api_is_replaced_too(give, api, prediction):
    api.post(
        "/feedback",
        {
            "feedback": "No.",
            "score": 0.9,
            "predicted_class": "espresso",
            "image_file_name": prediction.image_file_name,
            "correct": False,
        },
    )
    give(correct="yes")

    assert Feedback.objects.get().correct is True


def test_feedback_can_be_withdrawn(give):
    give(correct="yes")
    response = give(correct="none")

    assert "Feedback withdrawn." in response.content.decode()
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    "written", ["crane (n03126707)", "Crane (n03126707)", "crane (machine)", "n03126707"]
)
def test_a_class_name_shared_by_two_classes_keeps_its_synset(give, written):
    give(correct="no", label=written)

    assert Feedback.objects.get().label == "crane (n03126707)"


def test_a_name_that_stands_for_two_classes_is_kept_as_written(give):
    give(correct="no", label="Crane")

    assert Feedback.objects.get().label == "Crane"


def test_the_other_four_answers_are_buttons_that_correct(page, give, prediction):
    shown = page.get(f"/history/{prediction.pk}").content.decode()
    buttons = re.findall(
        r'<button class="small" name="class_key" value="(.+?)">(.+?)</button>', shown
    )
    others = prediction.inference.top_k[1:]
    assert len(buttons) == 4
    assert [synset for synset, _ in buttons] == [entry["synset"] for entry in others]
    assert [name for _, name in buttons] == [class_name(entry["label"], "en") for entry in others]

    give(correct="no", class_key=buttons[1][0])

    record = Feedback.objects.get()
    assert (record.correct, record.label) == (False, others[1]["label"])


def test_a_spanish_page_names_classes_in_spanish(page, user, give, prediction):
    user.language = "es"
    user.save()
    second = prediction.inference.top_k[1]["label"]
    give(correct="no", label=class_name(second, "es").upper())

    assert Feedback.objects.get().label == second
    shown = page.get(f"/history/{prediction.pk}").content.decode()
    assert f"Corregido: {class_name(second, 'es')}." in shown


def test_a_script_gets_only_the_feedback_section(page, prediction):
    response = page.post(
        f"/history/{prediction.pk}/feedback",
        {"correct": "yes"},
        headers={"X-Requested-With": "fetch"},
    )

    assert response.content.decode().strip().startswith("<section")
    assert "You said it is right." in response.content.decode()
    refused = page.post(
        f"/history/{prediction.pk}/feedback", {}, headers={"X-Requested-With": "fetch"}
    )
    assert (refused.status_code, refused["Content-Type"]) == (400, "text/plain")


def test_given_feedback_is_shown_on_the_next_visit(page, give, prediction):
    give(correct="no", label="Siberian husky", feedback="He is called Rex.")

    shown = page.get(f"/history/{prediction.pk}").content.decode()
    assert "Corrected to Siberian husky." in shown
    assert "He is called Rex." in shown
