"""What reviewers decide: leases, verified labels, undoing, and what people are told."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from feedback.models import Feedback
from feedback.services import give_feedback
from predictions.comparisons.selection import truths
from review.decisions import decide, undo, verify
from review.filling import fill
from review.leases import LEASE, give_back, skip, take
from review.models import Decision, Entry, Queue
from review.refusals import AlreadyDecided, NoFeedback, NoSuchClass, NothingToUndo
from review.standing import Outcome, standing_of
from tests.predictions.comparisons.rows import CAT, CUP, ESPRESSO, asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(user, model, classifier):
    """Two corrections that wait."""
    for _ in range(2):
        give_feedback(asked(user, model, CUP), correct=False, label="espresso")
    fill(classifier)
    return list(Entry.objects.waiting(Queue.FEEDBACK, classifier))


def test_two_reviewers_get_different_entries_and_keep_theirs(waiting, classifier, reviewer, other):
    (mine,) = take(reviewer, Queue.FEEDBACK, classifier, 1)
    (theirs,) = take(other, Queue.FEEDBACK, classifier, 2)
    assert [mine, theirs] == waiting
    assert take(reviewer, Queue.FEEDBACK, classifier, 1) == [mine]
    assert take(reviewer, Queue.WRONG, classifier, 1) == [mine]  # the same picture
    give_back(other)
    assert take(reviewer, Queue.FEEDBACK, classifier, 2, first=mine.pk) == [mine, theirs]


def test_a_lease_ends(waiting, classifier, reviewer, other):
    assert len(take(reviewer, Queue.FEEDBACK, classifier, 2)) == 2
    assert take(other, Queue.FEEDBACK, classifier, 1) == []
    Entry.objects.update(leased_until=timezone.now() - LEASE / 100)
    assert len(take(other, Queue.FEEDBACK, classifier, 2)) == 2
    with pytest.raises(AlreadyDecided):
        decide(waiting[0].pk, reviewer, queue="feedback", class_key=CUP)


def test_who_skips_an_entry_does_not_get_it_again_and_others_do(
    waiting, classifier, reviewer, other
):
    (mine,) = take(reviewer, Queue.FEEDBACK, classifier, 1)
    skip(reviewer, mine)
    assert take(reviewer, Queue.FEEDBACK, classifier, 2) == [waiting[1]]
    assert take(other, Queue.FEEDBACK, classifier, 1) == [mine]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_each_entry_once(user, model, classifier, make_user):
    for _ in range(12):
        give_feedback(asked(user, model, CUP), correct=False, label="espresso")
    fill(classifier)
    reviewers = [make_user(f"r{number}@example.com", is_staff=True) for number in range(4)]
    start, got = threading.Barrier(4), []

    def work(reviewer):
        start.wait()
        for _ in range(3):
            for entry in take(reviewer, Queue.FEEDBACK, classifier, 1):
                decide(entry.pk, reviewer, queue="feedback", class_key=CUP)
                got.append(entry.pk)
        connection.close()

    threads = [threading.Thread(target=work, args=[reviewer]) for reviewer in reviewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 12 == Decision.objects.count()


def test_a_decision_stands_beside_what_was_said(waiting, reviewer, logged):
    before = Feedback.objects.order_by("pk").values_list("correct", "label", "feedback")
    said = list(before)
    decision = decide(waiting[0].pk, reviewer, queue="feedback", class_key=ESPRESSO)
    assert (decision.verdict, decision.class_key) == ("corrected", ESPRESSO)
    assert decision.label == "espresso"
    assert (decision.answered_key, decision.model_version) == (
        CUP,
        waiting[0].inference.model_version,
    )
    assert list(before.all()) == said
    (event,) = logged("reviewed")
    assert event.actor_id == reviewer.pk
    assert event.detail == {
        "classifier": "imagenet",
        "verdict": "corrected",
        "class_key": ESPRESSO,
        "queue": "feedback",
    }


def test_the_answer_another_class_none_or_the_feedback_is_wrong(
    user, model, classifier, waiting, reviewer
):
    first, second = waiting
    assert decide(first.pk, reviewer, queue="wrong", class_key=CUP).verdict == "accepted"
    assert decide(second.pk, reviewer, queue="wrong", class_key="").verdict == "none"
    third = asked(user, model, CUP)
    give_feedback(third, correct=False, label="something")
    fill(classifier)
    rejected = decide(
        Entry.objects.get(image=third.image).pk, reviewer, queue="wrong", class_key=None
    )
    assert (rejected.verdict, rejected.is_label) == ("rejected", False)
    assert not Decision.objects.verified().filter(image=third.image).exists()


def test_what_cannot_be_decided(user, model, classifier, waiting, reviewer):
    with pytest.raises(NoSuchClass):
        decide(waiting[0].pk, reviewer, queue="feedback", class_key="n00000000")
    decide(waiting[0].pk, reviewer, queue="feedback", class_key=CUP)
    with pytest.raises(AlreadyDecided):
        decide(waiting[0].pk, reviewer, queue="feedback", class_key=CUP)
    asked(user, model, CUP)
    fill(classifier)
    without = Entry.objects.get(feedback=None)
    with pytest.raises(NoFeedback):
        decide(without.pk, reviewer, queue="uncertain", class_key=None)


def test_rejecting_feedback_keeps_a_verified_label(user, model, classifier, reviewer):
    prediction = asked(user, model, CUP)
    verify(prediction.image, classifier, CUP, reviewer, queue="page")
    give_feedback(prediction, correct=False, label="espresso")
    fill(classifier)
    decide(Entry.objects.get().pk, reviewer, queue="feedback", class_key=None)
    (verified,) = Decision.objects.verified()
    assert (verified.verdict, verified.class_key) == ("rejected", CUP)


def test_a_label_is_changed_and_each_change_is_kept(user, model, classifier, reviewer, other):
    prediction = asked(user, model, CUP)
    for key, by in ((CUP, reviewer), (CAT, other), ("", reviewer)):
        verify(prediction.image, classifier, key, by, queue="page", inference=prediction.inference)
    history = Decision.objects.filter(image=prediction.image)
    assert [each.class_key for each in history] == ["", CAT, CUP]
    assert [each.replaced_at is None for each in history] == [True, False, False]


def test_undo_brings_back_what_stood_before(user, model, classifier, waiting, reviewer, logged):
    first = waiting[0]
    verify(first.image, classifier, CAT, reviewer, queue="page")
    Entry.objects.filter(pk=first.pk).update(finished_at=None)
    decide(first.pk, reviewer, queue="feedback", class_key=CUP)
    assert undo(reviewer) == first
    assert Decision.objects.verified().get().class_key == CAT
    assert take(reviewer, Queue.FEEDBACK, classifier, 1) == [first]
    assert [event.detail["class_key"] for event in logged("review_undone")] == [CUP]
    undo(reviewer)
    assert Decision.objects.count() == 2
    assert not Decision.objects.current().exists()
    with pytest.raises(NothingToUndo):
        undo(reviewer)


def test_what_others_have_decided_since_is_not_undone(user, model, classifier, reviewer, other):
    prediction = asked(user, model, CUP)
    for by in (reviewer, other):
        verify(prediction.image, classifier, CUP, by, queue="page")
    with pytest.raises(NothingToUndo):
        undo(reviewer)


def test_verified_labels_are_the_truth_where_there_are_some(user, model, classifier, reviewer):
    first, second, third = (asked(user, model, CUP) for _ in range(3))
    for prediction in (first, second, third):
        give_feedback(prediction, correct=True, label="")
    verify(second.image, classifier, CAT, reviewer, queue="page")
    verify(third.image, classifier, "", reviewer, queue="page")
    assert truths(model.label_set_id) == {first.image_id: CUP, second.image_id: CAT}


@pytest.mark.parametrize(
    ("class_key", "outcome"),
    [
        (ESPRESSO, Outcome.ACCEPTED),
        (CUP, Outcome.DIFFERENT),
        ("", Outcome.NONE),
        (None, Outcome.REJECTED),
    ],
)
def test_people_are_told_what_came_of_their_feedback(waiting, reviewer, class_key, outcome):
    told = Feedback.objects.select_related("prediction__inference__model_version")
    assert standing_of(told.all()) == {}
    decide(waiting[0].pk, reviewer, queue="feedback", class_key=class_key)
    ((pk, standing),) = standing_of(told.all()).items()
    assert (pk, standing.outcome) == (waiting[0].feedback_id, outcome)


def test_what_is_said_after_a_decision_waits_for_another_one(waiting, reviewer, classifier):
    told = Feedback.objects.select_related("prediction__inference__model_version")
    decide(waiting[0].pk, reviewer, queue="feedback", class_key=CUP)
    give_feedback(waiting[0].prediction, correct=False, label="tabby")
    assert standing_of(told.all()) == {}
    fill(classifier)
    assert standing_of(told.all()) == {}
    decide(waiting[0].pk, reviewer, queue="feedback", class_key=None)
    assert [each.outcome for each in standing_of(told.all()).values()] == [Outcome.REJECTED]
