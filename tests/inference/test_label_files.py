"""Labels of a version, kept beside it: only such with which answers can be saved."""

import json

import pytest

from predictions.inference.errors import ModelNotPrepared
from predictions.inference.label_files import LABELS_FILE, read_labels, write_labels
from predictions.inference.labels import Label


def test_labels_are_read_as_they_were_written(tmp_path):
    labels = (Label(0, "red", "Red things"), Label(1, "n02124075", "Egyptian cat", "n02124075"))
    write_labels(labels, tmp_path)
    assert read_labels(tmp_path) == labels


@pytest.mark.parametrize(
    ("key", "name"),
    [("b" * 65, "B"), ("b", "B" * 65), ("", "B"), ("b", ""), ("b\0", "B"), (2, "B")],
)
def test_a_key_or_name_without_room_in_an_answer_is_refused(tmp_path, key, name):
    with pytest.raises(ValueError, match="1 to 64 characters"):
        write_labels([Label(0, "a", "A"), Label(1, key, name)], tmp_path)
    (tmp_path / LABELS_FILE).write_text(json.dumps([["a", "A", ""], [key, name, ""]]))
    with pytest.raises(ModelNotPrepared, match="1 to 64 characters"):
        read_labels(tmp_path)


def test_two_classes_with_one_key_are_refused(tmp_path):
    with pytest.raises(ValueError, match="the same key"):
        write_labels([Label(0, "a", "A"), Label(1, "a", "B")], tmp_path)
