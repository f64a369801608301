"""What is taken for what, from the verified labels."""

from datetime import timedelta

import pytest
from django.utils import timezone

from predictions.models import Prediction
from review import confusion
from review.confusion import Asked, Pair, confusion_of, labels_of_pair
from review.decisions import verify
from review.models import Decision, SampledPrediction, monday_of
from tests.predictions.comparisons.rows import CAT, CUP, ESPRESSO, asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def decide(user, model, classifier, reviewer):
    """That a picture answered with the first class shows the second."""

    def decide(answered, verified, version=model):
        prediction = asked(user, version, answered)
        return verify(
            prediction.image,
            classifier,
            verified,
            reviewer,
            queue="page",
            inference=prediction.inference,
        )

    return decide


def test_pairs_are_counted_and_mistakes_listed_by_frequency(classifier, decide):
    for answered, verified in [(CUP, CUP), (CUP, ESPRESSO), (CUP, ESPRESSO), (CAT, ""), (CAT, CAT)]:
        decide(answered, verified)
    found = confusion_of(Asked(classifier))
    assert found.number == 5
    assert found.wrong == [(Pair(CUP, ESPRESSO), 2), (Pair(CAT, "none-of-these"), 1)]


def test_a_label_that_was_replaced_or_belongs_to_no_answer_is_not_counted(
    classifier, decide, reviewer
):
    first = decide(CUP, ESPRESSO)
    verify(first.image, classifier, CAT, reviewer, queue="page", inference=first.inference)
    verify(decide(CAT, CAT).image, classifier, CUP, reviewer, queue="import")
    assert confusion_of(Asked(classifier)).numbers == {Pair(CUP, CAT): 1}


def test_the_matrix_has_the_classes_that_are_mistaken_most(classifier, decide, monkeypatch):
    monkeypatch.setattr(confusion, "CLASSES", 2)
    for answered, verified in [(CUP, ESPRESSO)] * 2 + [(ESPRESSO, CUP), (CUP, CUP), (CAT, CUP)]:
        decide(answered, verified)
    cup, espresso = confusion_of(Asked(classifier)).rows()
    assert [(key, number) for key, number, _share in cup.numbers] == [(CUP, 1), (ESPRESSO, 1)]
    assert (cup.number, cup.right) == (3, pytest.approx(1 / 3))  # with the one taken for a cat
    assert (espresso.numbers[0], espresso.right) == ((CUP, 2, 1.0), 0)


def test_filters_leave_out_other_versions_older_labels_and_what_is_not_sampled(
    classifier, decide, model, second_version
):
    old = decide(CUP, ESPRESSO)
    Decision.objects.filter(pk=old.pk).update(decided_at=timezone.now() - timedelta(days=9))
    decide(CUP, CAT, second_version)
    sampled = Prediction.objects.get(image=decide(CAT, CUP).image)
    SampledPrediction.objects.create(
        prediction=sampled, classifier=classifier, week=monday_of(timezone.now())
    )

    def pairs(**filters):
        return set(confusion_of(Asked(classifier, **filters)).numbers)

    old_pair, second_pair, sampled_pair = Pair(CUP, ESPRESSO), Pair(CUP, CAT), Pair(CAT, CUP)
    assert pairs() == {old_pair, second_pair, sampled_pair}
    assert pairs(version=model) == {old_pair, sampled_pair}
    assert pairs(since=timezone.localdate()) == {second_pair, sampled_pair}
    assert pairs(only_sample=True) == {sampled_pair}


def test_only_the_latest_decisions_are_looked_at(classifier, decide, monkeypatch):
    monkeypatch.setattr(confusion, "LOOKED_AT", 2)
    made = [decide(CUP, key) for key in (CUP, ESPRESSO, CAT)]
    asked = Asked(classifier)
    assert set(confusion_of(asked).numbers) == {Pair(CUP, ESPRESSO), Pair(CUP, CAT)}
    assert asked.earliest == made[1].decided_at


def test_behind_a_pair_are_its_labels_the_latest_first(classifier, decide):
    first, second, _other = decide(CUP, ""), decide(CUP, ""), decide(CUP, CAT)
    assert list(labels_of_pair(Asked(classifier), Pair(CUP, "none-of-these"))) == [second, first]
