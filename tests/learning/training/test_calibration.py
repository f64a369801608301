"""Temperature and expected calibration error."""

import numpy as np
import pytest

from learning.training.calibration import bins_for, calibration_error, temperature_of
from learning.training.learn import learn
from tests.learning.training.synthetic import samples


def test_temperature_undoes_what_logits_were_multiplied_by() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (5000, 4))
    powers = np.exp(logits)
    shares = (powers / powers.sum(axis=1, keepdims=True)).cumsum(axis=1)
    truth = (random.random((5000, 1)) > shares).sum(axis=1)
    assert temperature_of(logits, truth) == pytest.approx(1, abs=0.05)
    assert temperature_of(logits * 7, truth) == pytest.approx(7, rel=0.05)


def test_the_error_is_the_mean_gap_of_bins_of_equally_many() -> None:
    confidences = np.repeat([0.9, 0.6], 50)
    right = np.r_[np.arange(50) < 40, np.arange(50) < 35]  # 80 % and 70 %
    assert bins_for(100) == 2
    assert calibration_error(confidences, right) == pytest.approx(0.1)
    assert calibration_error(confidences[:10], right[:10]) == pytest.approx(0.1)


def test_probabilities_of_a_head_mean_what_they_say_to_new_pictures() -> None:
    learned = learn(samples(each=60, noise=1.4))
    fresh = samples(each=500, noise=1.4, seed=4)
    said = learned.head.probabilities(fresh.features[:, 0])
    right = said.argmax(axis=1) == fresh.classes
    assert 0.5 < right.mean() < 0.95
    assert calibration_error(said.max(axis=1), right) < 0.06
