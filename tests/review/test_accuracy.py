"""The accuracy that the verified labels of the random sample tell."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from predictions.models import Prediction
from review.accuracy import Tally, accuracy_by_version
from review.decisions import undo, verify
from review.models import Decision, SampledPrediction, monday_of
from tests.predictions.comparisons.rows import CAT, CUP, ESPRESSO, asked

pytestmark = pytest.mark.django_db

THIS_WEEK = monday_of(timezone.now())


@pytest.fixture
def draw(user, model, classifier):
    """Answers of the sample, in the order of their numbers."""

    def draw(*numbers, key=CUP, version=model, weeks_ago=0, **fields):
        drawn = []
        for number in numbers:
            made = asked(user, version, key, **fields)
            Prediction.objects.filter(pk=made.pk).delete()
            made.pk = UUID(int=number + 1000 * weeks_ago)
            made.save(force_insert=True)
            SampledPrediction.objects.create(
                prediction=made,
                classifier=classifier,
                week=THIS_WEEK - timedelta(weeks=weeks_ago),
            )
            drawn.append(made)
        return drawn

    return draw


@pytest.fixture
def label(classifier, reviewer):
    def label(*predictions, key=CUP, queue="sample"):
        for prediction in predictions:
            verify(
                prediction.image,
                classifier,
                key,
                reviewer,
                queue=queue,
                inference=prediction.inference,
            )

    return label


def ranking(*keys):
    return [{"label": key, "synset": key, "score": 0.1} for key in keys]


def test_answers_are_counted_by_version_and_week(
    model, second_version, classifier, draw, label, django_assert_num_queries
):
    right, close, wrong = draw(1, 2, 3, ranking=ranking("a", "b", "c", "d", ESPRESSO, CAT))
    (before,) = draw(1, weeks_ago=1)
    (seconds,) = draw(4, version=second_version)
    label(right, before, seconds)
    label(close, key=ESPRESSO)
    label(wrong, key=CAT)  # the sixth
    with django_assert_num_queries(2):
        second, first = accuracy_by_version(classifier)
    assert (first.version, second.version) == (model, second_version)
    assert [tally.week for tally in first.weeks] == [THIS_WEEK, THIS_WEEK - timedelta(weeks=1)]
    assert [(tally.sampled, tally.labelled) for tally in first.weeks] == [(3, 3), (1, 1)]
    assert [(tally.right, tally.among_five) for tally in first.weeks] == [(1, 1), (1, 1)]
    assert (first.overall.right, first.overall.labelled) == (2, 4)
    assert (second.overall.right, second.overall.sampled) == (1, 1)
    assert second.overall.top_1.share == 1


def test_labels_of_other_queues_count_once_the_sample_has_got_there(
    classifier, draw, label, reviewer
):
    """People complain of wrong answers, so that these are labelled first."""
    one, two, three, four = draw(1, 2, 3, 4)
    label(two, four, key=CAT, queue="feedback")
    (found,) = accuracy_by_version(classifier)
    assert (found.overall.reached, found.overall.labelled, found.overall.elsewhere) == (0, 0, 2)
    assert found.overall.top_1 is None
    label(one)
    label(three)
    (found,) = accuracy_by_version(classifier)
    assert (found.overall.reached, found.overall.right, found.overall.labelled) == (4, 2, 4)
    undo(reviewer)
    (found,) = accuracy_by_version(classifier)
    assert (found.overall.reached, found.overall.right, found.overall.elsewhere) == (1, 1, 2)


def test_what_has_no_label_is_left_out_and_bounds_the_share(classifier, draw, label):
    right, _skipped, rejected, last = draw(1, 2, 3, 4)
    label(right, last)
    Decision.objects.create(
        classifier=classifier,
        image=rejected.image,
        verdict="rejected",
        is_label=False,
        queue="feedback",
        decided_at=timezone.now(),
    )
    (found,) = accuracy_by_version(classifier)
    assert (found.overall.labelled, found.overall.unlabelled) == (2, 2)
    assert found.overall.top_1.share == 1
    assert (found.overall.worst, found.overall.best) == (0.5, 1)


def test_a_label_that_was_changed_later_counts_as_it_is_now(classifier, draw, label):
    one, _waiting = draw(1, 2)
    label(one)
    label(one, key=CAT, queue="page")
    (found,) = accuracy_by_version(classifier)
    assert (found.overall.right, found.overall.labelled) == (0, 1)


def test_a_picture_of_none_of_the_classes_is_right_where_that_was_the_answer(
    classifier, draw, label
):
    (named,) = draw(1)
    (none,) = draw(2, key="none-of-these", ranking=ranking("none-of-these"))
    label(named, none, key="")
    (found,) = accuracy_by_version(classifier)
    assert (found.overall.right, found.overall.among_five, found.overall.labelled) == (1, 1, 2)


@pytest.mark.parametrize(("right", "labelled", "more"), [(80, 100, 300), (100, 100, 104)])
def test_how_many_more_labels_halve_the_interval(right, labelled, more):
    """About three times as many, but where all is right, as many again."""
    tally = Tally(reached=labelled, labelled=labelled, right=right)
    assert tally.to_halve == pytest.approx(more, rel=0.05)
