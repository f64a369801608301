"""What a head's file keeps, and how it says none of these."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from predictions.inference.errors import ModelNotPrepared
from predictions.inference.heads import HEAD_FILE, Head, Rejection, add_head, normalised
from predictions.inference.labels import Label
from predictions.inference.store import ModelStore

LABELS = [Label(index, f"n{index}", f"Class {index}") for index in range(3)]


def head(seed: int = 0) -> Head:
    """Of four features and two classes."""
    random = np.random.default_rng(seed)
    means = normalised(random.random((2, 4)).astype(np.float32))
    directions = random.normal(0, 0.3, (4, 2)).astype(np.float32)
    numbers = (np.float32(each) for each in (0.1, 0.2, 0.05))
    weights = random.normal(0, 1, (4, 2)).astype(np.float32)
    rejection = Rejection(means, directions, *numbers)
    return Head(weights, np.zeros(2, np.float32), roots=True, rejection=rejection)


def test_a_head_reads_back_as_it_was_written(tmp_path: Path) -> None:
    written = head()
    written.write(tmp_path)
    read = Head.read(tmp_path)
    features = np.random.default_rng(1).random((9, 4)).astype(np.float32)
    assert read.roots and read.classes == 3
    assert np.array_equal(read.probabilities(features), written.probabilities(features))
    assert read.version("b", LABELS) == written.version("b", LABELS)


def test_a_head_of_before_is_read_and_written_as_ever(tmp_path: Path) -> None:
    plain = Head(np.eye(3, dtype=np.float32), np.zeros(3, np.float32))
    assert plain.version("backbone", LABELS) == "0b53b56a"
    plain.write(tmp_path)
    assert set(np.load(tmp_path / HEAD_FILE)) == {"weights", "bias"}
    assert Head.read(tmp_path).rejection is None and not Head.read(tmp_path).roots


def test_each_part_of_a_head_is_part_of_its_version() -> None:
    whole = head()
    assert whole.rejection is not None
    others = [replace(whole, roots=False), replace(whole, rejection=None)]
    others += [
        replace(whole, rejection=replace(whole.rejection, **{name: array + np.float32(1)}))
        for name, array in vars(whole.rejection).items()
    ]
    assert len({each.version("b", LABELS) for each in [whole, *others]}) == 8


def test_roots_keep_their_signs_and_have_length_1() -> None:
    assert normalised(np.array([[9, -16, 0]], np.float32)) == pytest.approx(
        np.array([[3, -4, 0]]) / 5
    )
    assert (normalised(np.zeros((1, 3), np.float32)) == 0).all()


def test_what_lies_far_from_all_means_is_none_of_these() -> None:
    means = np.eye(4, dtype=np.float32)[:2]
    numbers = (np.float32(each) for each in (0, 0.5, 0.01))
    rejection = Rejection(means, np.zeros((4, 0), np.float32), *numbers)
    one = Head(means.T * 9, np.zeros(2, np.float32), roots=True, rejection=rejection)
    said = one.probabilities(np.array([[7, 0, 0, 0], [0, 5, 0.001, 0], [0, 0, 3, 1]], np.float32))
    assert said.argmax(axis=1).tolist() == [0, 1, 2]
    assert said[2, 2] > 0.99 and said[0, 2] < 0.01
    assert said.sum(axis=1) == pytest.approx(1) and said.dtype == np.float32


def test_a_direction_in_which_classes_vary_counts_less() -> None:
    means = np.zeros((1, 3), np.float32)
    directions = np.array([[0.8], [0], [0]], np.float32)
    rejection = Rejection(means, directions, *(np.float32(0),) * 3)
    along, across = rejection.distances(np.array([[1, 0, 0], [0, 1, 0]], np.float32))
    assert along == pytest.approx(0.36) and across == pytest.approx(1)


def test_a_taught_none_of_these_is_kept_and_added_to() -> None:
    means = np.zeros((2, 1), np.float32)
    numbers = (np.float32(each) for each in (0, 1, 0.1))
    rejection = Rejection(means, np.zeros((1, 0), np.float32), *numbers)
    scores = np.array([[0.6, 0.1, 0.3]] * 2, np.float32)
    near, far = rejection.combine(scores, np.array([0, 2], np.float32))
    assert near == pytest.approx([0.6, 0.1, 0.3], abs=1e-4)
    assert far == pytest.approx([0, 0, 1], abs=1e-4)


def test_a_head_that_fits_no_labels_is_not_stored(tmp_path: Path, prepared_models: Path) -> None:
    [backbone] = ModelStore(prepared_models).versions("efficientnet-lite0")
    with pytest.raises(ValueError, match="3 classes does not lead"):
        add_head(
            ModelStore(tmp_path), "a", "A", replace(backbone, feature_size=4), head(), LABELS[:2]
        )


def test_a_manifest_says_how_its_head_was_learnt(tmp_path: Path, prepared_models: Path) -> None:
    [backbone] = ModelStore(prepared_models).versions("efficientnet-lite0")
    store = ModelStore(tmp_path)
    training = {"figures": {"accuracy": 0.9}}
    fitting = replace(backbone, feature_size=4)
    made = add_head(store, "a", "A", fitting, head(), LABELS, training=training)
    assert store.get("a", made.version).training == training


@pytest.mark.parametrize("kept", [0, 2, 100, 0.5, 0.95])
def test_half_a_file_is_refused(tmp_path: Path, kept: float) -> None:
    with (tmp_path / HEAD_FILE).open("wb") as file:
        np.savez(file, **head().arrays())
        file.truncate(kept if isinstance(kept, int) else int(file.tell() * kept))
    with pytest.raises(ModelNotPrepared):
        Head.read(tmp_path)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / HEAD_FILE).write_bytes(b"nothing")
    with pytest.raises(ModelNotPrepared):
        Head.read(tmp_path)
