"""Nothing is learnt from samples that cannot teach, and the sentence says why."""

from dataclasses import replace

import pytest

from learning.training.learn import learn
from tests.learning.training.synthetic import samples


def test_a_single_class_is_refused() -> None:
    with pytest.raises(ValueError, match="Two classes need"):
        learn(samples(classes=1))


def test_a_class_beside_none_of_these_is_a_single_one() -> None:
    with pytest.raises(ValueError, match="Two classes need"):
        learn(replace(samples(classes=2), none=1))


@pytest.mark.parametrize("empty", [0, 3])
def test_an_empty_class_is_refused_by_its_name(empty: int) -> None:
    given = samples()
    classes = given.classes + 1 if empty == 0 else given.classes
    names = ["Paper", "Metal", "Plastic"]
    names.insert(empty, "Glass")
    with pytest.raises(ValueError, match="class Glass has no pictures"):
        learn(replace(given, classes=classes, names=names))


def test_what_progress_raises_ends_the_training() -> None:
    class Cancelled(Exception):
        pass

    said = []

    def progress(step: str, done: int | None = None, total: int | None = None) -> None:
        said.append(step)
        if len(said) == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        learn(samples(), progress=progress)
    assert len(said) == 5
