"""The search over the words of the classes."""

from time import monotonic

import pytest

from predictions.labels.search import find, matching


def names(query: str, language: str = "en") -> list[str]:
    return [words.names(language).name for words in find(query, language)]


def test_dog_finds_the_118_dogs_before_anything_else() -> None:
    found = [words.index for words in find("dog", "en")]
    assert found[:118] == list(range(151, 269))
    assert names("dog")[118:] == ["African hunting dog", "dogsled", "hotdog", "dingo", "dhole"]


def test_cat_finds_tabby_first_and_catamaran_after_all_cats() -> None:
    found = names("cat")
    assert found[0] == "tabby"
    assert {"tiger cat", "Egyptian cat", "lion", "Madagascar cat"} <= set(
        found[: found.index("catamaran")]
    )


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("crane", ["crane (bird)", "crane (machine)"]),
        ("maillot", ["maillot (tights)", "maillot (swimsuit)"]),
        ("cardigan", ["Cardigan (dog)", "cardigan (garment)"]),
        ("missile", ["missile (rocket)", "projectile (weapon)"]),
        ("cup", ["cup", "measuring cup"]),  # a whole name before a whole word
        ("husky", ["Eskimo dog", "Siberian husky"]),  # a synonym before a word of a name
        ("coffee", ["espresso", "coffee mug"]),  # a group
        ("egyptian c", ["Egyptian cat"]),  # while it is being typed
        ("cat egyptian", ["Egyptian cat"]),  # words in any order
        ("EGYPTIAN_CAT", ["Egyptian cat"]),
        ("Égyptian  cát", ["Egyptian cat"]),
        ("sandals", ["sandal"]),
        ("wild dogs", ["dingo", "dhole"]),
        ("phone", ["cellular telephone"]),  # within a synonym
        ("ability survive outside", ["tench"]),  # the gloss
    ],
)
def test_the_most_relevant_class_is_first(query: str, first: list[str]) -> None:
    assert names(query)[: len(first)] == first


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("gato", ["gato atigrado", "gato rayado"]),
        ("grulla", ["grulla"]),
        ("sarten", ["sartén"]),  # without its accent
        ("coches", ["coche familiar"]),
        ("taza", ["taza", "taza de café"]),
        ("tiger", ["tigre", "tiburón tigre"]),  # English on a Spanish page
        ("cat", ["gato atigrado"]),
    ],
)
def test_the_most_relevant_class_is_first_in_spanish(query: str, first: list[str]) -> None:
    assert names(query, "es")[: len(first)] == first


def test_a_part_of_a_word_finds_names_but_no_groups() -> None:
    assert 0 < len(names("art")) < 20  # and not each artifact
    assert "microphone" in names("phone")
    assert "American alligator" not in names("gato")


def test_the_pages_language_comes_first() -> None:
    # Pan is a chimpanzee, and bread.
    assert find("pan", "es")[0].label == "French_loaf"
    assert find("pan", "en")[0].label == "frying_pan"


def test_a_gloss_is_searched_only_if_no_name_has_the_words() -> None:
    assert "muzzle" not in names("dog")  # "… an animal's snout (especially a dog's nose and jaws)"
    assert "muzzle" in names("snout")


def test_a_long_query_is_cut_before_it_takes_time() -> None:
    assert names("dog" + 100 * " " + "nonsense") == names("dog")
    started = monotonic()
    find(100_000 * "a ", "en")
    assert monotonic() - started < 2


@pytest.mark.parametrize("query", ["", "  ", "?!", "no such thing"])
def test_nothing_is_found_for_nothing_or_nonsense(query: str) -> None:
    assert find(query, "en") == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("english", "spanish", "count"),
    [("dog", "perro", 118), ("cat", "gatos", 7), ("bird", "AVE", 59)],
)
def test_both_languages_find_the_same_group(language, english, spanish, count) -> None:
    group = {words.synset for words in find(english, language)[:count]}
    assert {words.synset for words in find(spanish, language)[:count]} == group


def test_a_word_means_the_classes_that_have_it_as_a_whole_word() -> None:
    dogs = {words.english.name for words in matching("dog")}
    assert len(dogs) == 123
    assert {"Eskimo dog", "chow", "African hunting dog", "dingo"} <= dogs
    assert "catamaran" not in {words.english.name for words in matching("cat")}


def test_a_part_of_a_word_means_classes_if_it_is_no_word() -> None:
    assert {"espresso_maker", "espresso"} <= {words.label for words in matching("espr")}
    assert [words.label for words in matching("tamara")] == ["catamaran"]


@pytest.mark.parametrize("query", ["", "IMG_2041", "snout"])
def test_a_gloss_or_nothing_means_no_class(query: str) -> None:
    assert matching(query) == []
