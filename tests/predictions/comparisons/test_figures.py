"""The figures of a comparison: agreement, accuracies, and whether one version is better."""

import pytest
from scipy.stats import binomtest

from feedback.services import give_feedback
from predictions.comparisons.figures import Figures, accuracy, figures_of, mcnemar, paired, wilson
from predictions.comparisons.services import start
from tests.predictions.comparisons.rows import CAT, CUP, ESPRESSO, asked, say


def test_an_accuracy_has_wilsons_interval():
    said = accuracy([True] * 8 + [False] * 2)
    assert (said.right, said.of, said.share) == (8, 10, 0.8)
    assert (said.low, said.high) == (
        pytest.approx(0.4902, abs=1e-4),
        pytest.approx(0.9433, abs=1e-4),
    )


@pytest.mark.parametrize(("right", "of"), [(0, 1), (1, 1), (0, 40), (40, 40), (3, 7), (812, 1000)])
def test_the_interval_is_that_of_scipy(right, of):
    theirs = binomtest(right, of).proportion_ci(0.95, method="wilson")
    assert wilson(right, of) == pytest.approx((theirs.low, theirs.high))


def test_mcnemars_test_is_exact():
    assert mcnemar(2, 14) == pytest.approx(2 * (1 + 16 + 120) / 2**16)
    assert mcnemar(14, 2) == mcnemar(2, 14)
    assert mcnemar(3, 3) == 1
    assert mcnemar(0, 0) == 1


@pytest.mark.parametrize(
    ("only_first", "only_second", "better"),
    [(10, 0, "first"), (0, 10, "second"), (5, 0, ""), (10, 10, ""), (0, 0, "")],
)
def test_the_better_one_is_named_only_if_chance_does_not_explain_it(
    only_first, only_second, better
):
    said = dict.fromkeys(range(only_first), ("right", "wrong"))
    said |= {100 + at: ("wrong", "right") for at in range(only_second)}
    said |= {200: ("right", "right"), 300: ("wrong", "wrong")}
    found = paired(said, dict.fromkeys(said, "right"))
    assert (found.only_first, found.only_second) == (only_first, only_second)
    assert found.first.right == only_first + 1
    assert found.second.of == only_first + only_second + 2
    assert found.better == better


def test_agreement_and_accuracy_of_a_comparison(user, model, second):
    predictions = [asked(user, model, key) for key in (CUP, CUP, CAT, ESPRESSO)]
    for prediction, key in zip(predictions, (CUP, ESPRESSO, CUP, ESPRESSO), strict=True):
        say(prediction.image, second, key)
    give_feedback(predictions[0], correct=True, label="")
    give_feedback(predictions[1], correct=False, label="espresso")
    figures = figures_of(start(user, model, second, "latest"))
    assert (figures.answered, figures.agree, figures.agreement) == (4, 2, 0.5)
    assert (figures.paired.first.right, figures.paired.first.of) == (1, 2)
    assert (figures.paired.second.right, figures.paired.second.of) == (2, 2)


def test_without_feedback_nothing_is_said_of_accuracy(user, model, second):
    say(asked(user, model, CUP).image, second, CUP)
    assert figures_of(start(user, model, second, "latest")) == Figures(1, 1, None)
