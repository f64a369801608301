"""The words of the classes: from WordNet, in two languages, with no name for two classes."""

from collections import Counter

import pytest

from predictions.inference.labels import labels
from predictions.labels.words import SPANISH, SPANISH_GROUPS, class_name, classes


def test_every_class_has_its_words_in_class_order() -> None:
    found = list(classes().values())
    assert [(words.index, words.synset, words.label) for words in found] == [
        (label.index, label.synset, label.name) for label in labels()
    ]
    assert all(words.gloss and words.english.groups for words in found)


def test_words_are_those_of_wordnet() -> None:
    tench = classes()["n01440764"]
    assert tench.english.name == "tench"
    assert tench.english.synonyms == ("Tinca tinca",)
    assert tench.gloss.startswith("freshwater dace-like game fish")
    assert tench.english.groups[0] == "cyprinid, cyprinid fish"
    assert "fish" in tench.english.groups


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_name_stands_for_two_classes(language: str) -> None:
    names = Counter(words.names(language).name.casefold() for words in classes().values())
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Eskimo_dog", "Eskimo dog"),
        ("n02109961", "Eskimo dog"),
        ("n02012849", "crane (bird)"),
        ("crane (n03126707)", "crane (machine)"),
        ("Cardigan", "Cardigan (dog)"),
        ("crane", "crane"),  # which of the two is not known
        ("my neighbour's dog", "my neighbour's dog"),
    ],
)
def test_a_class_is_named_by_its_synset_its_api_name_or_its_correction(label, name) -> None:
    assert class_name(label, "en") == name


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("tiger_cat", "gato rayado"),
        ("crane (n02012849)", "grulla"),
        ("crane (n03126707)", "grúa"),
        ("Cardigan", "corgi galés de Cardigan"),
        ("la taza de Ana", "la taza de Ana"),
    ],
)
def test_a_class_has_a_spanish_name(label, name) -> None:
    assert class_name(label, "es") == name


def test_every_class_has_a_spanish_row() -> None:
    lines = SPANISH.read_text().splitlines()
    assert [line.split("\t")[0] for line in lines[1:]] == list(classes())
    assert all(words.spanish.name for words in classes().values())


def test_only_spanish_is_not_english() -> None:
    assert class_name("espresso", "de") == "espresso"
    assert classes()["n02109961"].names("es-mx") is classes()["n02109961"].spanish


def test_every_group_with_spanish_names_is_a_group_of_classes() -> None:
    groups = {group for words in classes().values() for group in words.english.groups}
    written = [line.split("\t") for line in SPANISH_GROUPS.read_text().splitlines()[1:]]
    assert len({group for group, _ in written}) == len(written)
    assert {group for group, _ in written} <= groups
    assert all(names for _, names in written)
