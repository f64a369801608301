"""The 1,000 labels and the search in them."""

import json

import numpy as np
import pytest

from predictions.inference.labels import LABEL_FILE, Label, by_text, labels, search
from predictions.inference.ranking import top_k


def names(text: str) -> list[str]:
    return [label.name for label in search(text)]


def test_there_are_1000_labels_each_at_its_index() -> None:
    assert len(labels()) == 1000
    assert [label.index for label in labels()] == list(range(1000))
    assert (labels()[285].synset, labels()[285].name) == ("n02124075", "Egyptian_cat")


def test_synsets_are_unique_although_two_names_are_shared() -> None:
    assert len({label.synset for label in labels()}) == 1000
    assert len({label.name for label in labels()}) == 998
    assert len(search("crane")) == 2


def test_the_label_file_has_the_order_of_keras() -> None:
    entries = json.loads(LABEL_FILE.read_text())
    assert entries["0"] == ["n01440764", "tench"]
    assert entries["999"] == ["n15075141", "toilet_tissue"]


@pytest.mark.parametrize("text", ["Egyptian_cat", "egyptian cat", "EGYPTIAN_CAT", " yptian C "])
def test_search_ignores_case_and_spaces(text: str) -> None:
    assert names(text) == ["Egyptian_cat"]


def test_search_finds_a_label_by_its_synset() -> None:
    assert names("n02124075") == ["Egyptian_cat"]
    assert names("N02124075") == ["Egyptian_cat"]


def test_search_lists_names_that_begin_with_the_text_first() -> None:
    # In class order tiger_cat (282) stands before catamaran (484).
    found = names("cat")
    assert found[0] == "catamaran"
    assert found.index("tiger_cat") < found.index("Persian_cat") < found.index("Egyptian_cat")


def test_search_finds_nothing_for_nonsense() -> None:
    assert search("no such thing") == []


def test_other_classes_are_found_by_key_name_and_synset() -> None:
    red, blue = Label(0, "r", "Red things", "n1"), Label(1, "b", "Blue things")
    for text in ("R", "red_th", "n1"):
        assert search(text, [red, blue]) == [red]
    assert search("THINGS", [red, blue]) == [red, blue]
    assert search("", [red, blue]) == [red, blue]


def test_a_text_names_a_class_by_key_name_or_stored_correction() -> None:
    classes = by_text(labels())
    for text in ("Egyptian_cat", "n02124075", "Egyptian_cat (n02124075)"):
        assert classes[text].index == 285
    assert "crane" not in classes
    assert classes["crane (n02012849)"].synset == "n02012849"


def test_top_k_is_sorted_and_names_the_right_labels() -> None:
    probabilities = np.zeros(1000, dtype=np.float32)
    probabilities[[285, 282, 7]] = [0.25, 0.5, 0.125]
    best = top_k(probabilities, labels(), 3)
    assert [(ranked.label.name, ranked.score) for ranked in best] == [
        ("tiger_cat", 0.5),
        ("Egyptian_cat", 0.25),
        ("cock", 0.125),
    ]
    assert len(top_k(probabilities, labels())) == 5
    assert all(type(ranked.score) is float for ranked in best)
