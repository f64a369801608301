"""What people said about answers becomes examples."""

from feedback.services import give_feedback
from learning import corrections
from learning.models import Example
from predictions.models import Prediction
from predictions.registry.ownership import new_classifier


def test_a_correction_is_offered_as_an_example_of_the_right_class(user, model, ask, make_user):
    prediction = ask(user)
    said = give_feedback(prediction, correct=False, label="mocha")
    classifier = new_classifier(user, "Drinks")
    assert list(corrections.said_by(user)) == [said]
    [example] = corrections.take(user, classifier, [said])
    assert (example.taught_class.name, example.image) == ("mocha", prediction.image)
    assert example.prediction == prediction
    assert not corrections.said_by(make_user("other@example.com")).exists()


def test_only_what_was_said_of_its_own_answers_is_offered(user, model, ask):
    said = give_feedback(ask(user), correct=True, label="")
    other = new_classifier(user, "Drinks")
    assert not corrections.offered(user, other).exists()
    assert list(corrections.offered(user, model.classifier)) == [said]
    corrections.take(user, model.classifier, [said])
    assert Example.objects.get().taught_class.name == "espresso"
    assert not corrections.offered(user, model.classifier).exists()


def test_of_a_picture_that_was_sent_twice_what_was_said_last_counts(user, model, ask):
    said = [give_feedback(ask(user), correct=False, label=label) for label in ("cup", "mocha")]
    classifier = new_classifier(user, "Drinks")
    [example] = corrections.take(user, classifier, said)
    assert example.taught_class.name == "mocha"
    assert Example.objects.get() == example


def test_a_picture_in_the_trash_is_not_offered(user, model, ask):
    prediction = ask(user)
    give_feedback(prediction, correct=True, label="")
    Prediction.objects.filter(pk=prediction.pk).move_to_trash()
    assert not corrections.said_by(user).exists()
