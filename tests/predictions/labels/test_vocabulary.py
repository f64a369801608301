"""Classes by the words of their label set: ImageNet's, or the names of one's own."""

import pytest

from predictions.inference.labels import Label
from predictions.labels.vocabulary import ImageNet, OwnNames

# Keys and names of ImageNet's classes that mean something else here, and two that share a name.
TROUBLE = OwnNames(
    [
        Label(0, "red", "Red things"),
        Label(1, "tabby", "Old_cats"),
        Label(2, "n02123045", "espresso"),
        Label(3, "bird", "crane"),
        Label(4, "machine", "crane"),
        Label(5, "dark_red", "Dark red"),
        Label(6, "crane", "Lift"),
        Label(7, "striped", "tabby"),
    ]
)


@pytest.mark.parametrize(
    ("key", "label", "name"),
    [
        ("red", "Red things", "Red things"),
        ("tabby", "Old_cats", "Old_cats"),
        ("n02123045", "espresso", "espresso"),
        ("bird", "crane", "crane (bird)"),
        ("gone", "Gone", "Gone"),
        ("striped", "tabby", "tabby (striped)"),  # `tabby` is the key of another
    ],
)
def test_own_names_are_never_translated(key, label, name):
    assert TROUBLE.name(key, label, "en") == TROUBLE.name(key, label, "es") == name
    assert TROUBLE.name_of_correction("espresso", "es") == "espresso"


def test_none_of_these_is_translated_and_found_by_either_name():
    waste = OwnNames([Label(0, "glass", "Glass"), Label(1, "none-of-these", "None of these")])
    assert waste.name("none-of-these", "None of these", "es-mx") == "Ninguna de estas"
    assert waste.name_of_correction("None of these", "es") == "Ninguna de estas"
    for language, name in (("en", "None of these"), ("es", "Ninguna de estas")):
        for text in ("none of these", "ninguna de estas", "none-of-these"):
            found = waste.recognise(text, language)
            assert found and (found.key, found.name) == ("none-of-these", name)
            assert found.correction == "None of these"
        assert [found.name for found in waste.find("ninguna", language)] == [name]
    assert waste.matching("Ninguna") == [("none-of-these", "None of these")]


def test_imagenet_is_translated():
    assert ImageNet().name("n02123045", "tabby", "es") == "gato atigrado"
    assert ImageNet().name_of_correction("tabby", "es") == "gato atigrado"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("red THINGS", "red"),
        ("red", "red"),
        (" dark_red ", "dark_red"),
        ("old cats", "tabby"),
        ("crane (machine)", "machine"),
        ("crane", "crane"),  # a key, because as a name it stands for two
        ("lift", "crane"),
        ("gato atigrado", None),
        ("", None),
    ],
)
def test_a_class_is_recognised_by_its_name_or_its_key(text, key):
    found = TROUBLE.recognise(text, "en")
    assert (found and found.key) == key


def test_what_feedback_stores_tells_classes_with_one_name_apart():
    assert TROUBLE.choice("bird", "en").correction == "crane (bird)"
    assert TROUBLE.choice("red", "en").correction == "Red things"
    assert TROUBLE.choice("green", "en") is None


def test_whole_words_are_found_before_their_beginnings_and_parts():
    assert [found.name for found in TROUBLE.find("red", "en")] == ["Red things", "Dark red"]
    assert [found.name for found in TROUBLE.find("ran", "es")] == [
        "crane (bird)",
        "crane (machine)",
    ]
    assert TROUBLE.find("", "en") == TROUBLE.find("dogs", "en") == []


def test_a_word_means_the_classes_that_have_it_whole_and_others_only_if_there_are_none():
    cats = OwnNames([Label(0, "a", "cat"), Label(1, "b", "catamaran"), Label(2, "c", "old cat")])
    assert cats.matching("cat") == [("a", "cat"), ("c", "old cat")]
    assert cats.matching("cata") == [("b", "catamaran")]
