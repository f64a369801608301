"""How pictures come into the queues, and in which order."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from feedback.models import Feedback
from feedback.services import give_feedback
from predictions.models import Inference, Prediction
from review import sample
from review.decisions import decide, verify
from review.filling import fill
from review.models import Entry, Queue, SampledPrediction
from tests.predictions.comparisons.rows import CAT, CUP, ESPRESSO, asked, say
from tests.predictions.heads import add_colours

pytestmark = pytest.mark.django_db


def pictures(classifier, queue):
    fill(classifier)
    return [entry.prediction for entry in Entry.objects.waiting(queue, classifier)]


def test_feedback_waits_oldest_first_and_the_surest_errors_in_a_queue_of_their_own(
    user, model, classifier
):
    right, unsure, sure = (asked(user, model, CUP, score=score) for score in (0.8, 0.3, 0.9))
    give_feedback(right, correct=True, label="")
    give_feedback(unsure, correct=False, label="espresso")
    give_feedback(sure, correct=False, label="")
    assert pictures(classifier, Queue.FEEDBACK) == [right, unsure, sure]
    assert pictures(classifier, Queue.WRONG) == [sure, unsure]


def test_what_is_said_anew_waits_anew_unless_it_is_verified(user, model, classifier, reviewer):
    prediction = asked(user, model, CUP)
    give_feedback(prediction, correct=True, label="")
    fill(classifier)
    entry = Entry.objects.get()
    decide(entry.pk, reviewer, queue="feedback", class_key=CUP)
    assert pictures(classifier, Queue.FEEDBACK) == []
    give_feedback(prediction, correct=True, label="", text="I am sure.")
    assert pictures(classifier, Queue.FEEDBACK) == []  # the same as the verified label
    give_feedback(prediction, correct=False, label="espresso")
    assert pictures(classifier, Queue.FEEDBACK) == [prediction]
    assert pictures(classifier, Queue.SAMPLE) == []  # it is done there


def test_feedback_on_private_classifiers_and_deleted_pictures_is_nobody_elses(
    user, model, classifier
):
    colours = add_colours(model)
    colours.classifier.owner = user
    colours.classifier.save()
    give_feedback(asked(user, colours, "red"), correct=False, label="blue")
    gone = asked(user, model, CUP)
    give_feedback(gone, correct=False, label="")
    gone.delete()
    binned = asked(user, model, CUP)
    give_feedback(binned, correct=False, label="")
    Prediction.objects.filter(pk=binned.pk).move_to_trash()
    assert pictures(classifier, Queue.FEEDBACK) == []
    assert not Entry.objects.filter(classifier=colours.classifier).exists()
    assert not Feedback.objects.filter(noticed_at=None).exists()
    Prediction.everything.filter(pk=binned.pk).restore()
    assert pictures(classifier, Queue.FEEDBACK) == [binned]


def ranked(*scores):
    return [{"label": "x", "synset": "x", "score": score} for score in scores]


def test_the_most_uncertain_come_first_and_without_feedback_only(user, model, classifier):
    _clear, close, closer = (
        asked(user, model, CUP, score=scores[0], ranking=ranked(*scores))
        for scores in ((0.9, 0.05), (0.4, 0.35), (0.35, 0.34))
    )
    judged = asked(user, model, CUP, score=0.3, ranking=ranked(0.3, 0.3))
    give_feedback(judged, correct=True, label="")
    assert pictures(classifier, Queue.UNCERTAIN) == [closer, close]


def test_disagreements_are_of_the_same_picture_and_the_surest_come_first(
    user, model, second_version, classifier
):
    agreed, weak, strong = (asked(user, model, CUP, score=0.9) for _ in range(3))
    say(agreed.image, second_version, CUP, score=0.99)
    say(weak.image, second_version, CAT, score=0.4)
    say(strong.image, second_version, CAT, score=0.8)
    asked(user, second_version, CAT)  # which the champion never saw
    assert pictures(classifier, Queue.DISAGREEMENT) == [strong, weak]
    shown = Entry.objects.waiting(Queue.DISAGREEMENT, classifier).first().inference
    assert shown.model_version == model


def test_the_sample_of_a_week_are_the_lowest_ids_whatever_they_show(
    user, model, classifier, reviewer, monkeypatch
):
    monkeypatch.setattr(sample, "SIZE", 3)
    monday = datetime.combine(sample.monday_of(timezone.now()), datetime.min.time(), UTC)
    inferences = [asked(user, model, CUP).inference for _ in range(6)]
    Prediction.objects.all().delete()

    def ask(number, inference, at=monday):
        return Prediction.objects.create(
            id=UUID(int=number),
            user=user,
            image=inference.image,
            inference=inference,
            created_at=at,
        )

    high, *_ = [ask(number, inferences[number]) for number in (5, 4, 3)]
    ask(0, inferences[0], monday - timedelta(weeks=4))  # too long ago
    assert [each.pk.int for each in pictures(classifier, Queue.SAMPLE)] == [3, 4, 5]
    verify(inferences[1].image, classifier, CUP, reviewer, queue="page")
    lower = [ask(number, inferences[number]) for number in (1, 2)]
    # One of them is verified, and is in the sample all the same; the highest has left it.
    assert pictures(classifier, Queue.SAMPLE) == [lower[1], Prediction.objects.get(pk=UUID(int=3))]
    sampled = SampledPrediction.objects.order_by("prediction_id")
    assert [each.prediction_id.int for each in sampled] == [1, 2, 3]
    assert not Entry.objects.filter(prediction=high, sample_rank__isnull=False).exists()


def test_a_busy_week_is_read_by_its_lowest_ids_alone(user, model, classifier, monkeypatch):
    monkeypatch.setattr(sample, "MANY", 2)
    for number in (1, sample.CUT.int + 1, 2, sample.CUT.int + 2):
        inference = asked(user, model, CUP).inference
        Prediction.objects.filter(inference=inference).delete()
        Prediction.objects.create(
            id=UUID(int=number), user=user, image=inference.image, inference=inference
        )
    assert [each.pk.int for each in pictures(classifier, Queue.SAMPLE)] == [1, 2]


def test_what_a_picture_is_in_two_queues_for_is_decided_once(user, model, classifier, reviewer):
    prediction = asked(user, model, CUP, score=0.4, ranking=ranked(0.4, 0.4))
    assert pictures(classifier, Queue.UNCERTAIN) == pictures(classifier, Queue.SAMPLE)
    give_feedback(prediction, correct=False, label="espresso")
    assert pictures(classifier, Queue.FEEDBACK) == [prediction]
    decide(Entry.objects.get().pk, reviewer, queue="feedback", class_key=ESPRESSO)
    assert all(pictures(classifier, queue) == [] for queue in Queue)


def test_a_queue_takes_a_bounded_number_of_statements(
    user, model, classifier, django_assert_max_num_queries
):
    for _ in range(30):
        give_feedback(asked(user, model, CUP), correct=False, label="espresso")
    with django_assert_max_num_queries(45):
        fill(classifier)
    assert Inference.objects.count() == 30 == Entry.objects.count()
