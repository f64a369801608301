"""Classes found by words: names, synonyms and groups in both languages, and glosses."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from predictions.labels.words import ClassWords, Names, classes

MOST_LETTERS = 100  # of a query, which may be as long as an address; names have fewer
WHOLE_WORDS, BEGINNINGS = 4, 6  # of _patterns(): the first, and those with the next two


class Searchable(NamedTuple):
    """A class's words as `bare` writes them, each name between bars: `| tabby || tabby cat |`."""

    words: ClassWords
    fields: dict[str, list[str]]  # by language: name, synonyms, groups
    named: str  # all fields
    everything: str  # the gloss too


def find(query: str, language: str) -> list[ClassWords]:
    """The classes that a query names, the most relevant first.

    Case and accents do not matter, and a plural finds its singular. A whole name stands before a
    whole word, and that before the beginning of a word. Then come the page's language before the
    other, and names before synonyms before groups. A group is found by whole words only: a letter
    would find hundreds of classes. What finds nothing so, finds the classes in whose words or gloss
    each of its words begins one.
    """
    if ranked := _ranked(query, language):
        return [words for _, words in ranked]
    wanted = bare(query[:MOST_LETTERS]).split()
    return [
        searchable.words
        for searchable in _searchables()
        if wanted and all(f" {word}" in searchable.everything for word in wanted)
    ]


def matching(query: str) -> list[ClassWords]:
    """The classes that a query means, for a list that has nothing else.

    Those in whose names, synonyms or groups it is a whole word, so that `cat` means no catamaran;
    if there are none, those where it begins a word; or else those where it is a part of one.
    """
    ranked = _ranked(query, "en")
    for most in (WHOLE_WORDS, BEGINNINGS):
        if found := [words for (pattern, *_), words in ranked if pattern < most]:
            return found
    return [words for _, words in ranked]


def _ranked(query: str, language: str) -> list[tuple[tuple[int, int, int], ClassWords]]:
    """The classes with the query in a name, a synonym or a group, the most relevant first."""
    wanted = bare(query[:MOST_LETTERS])
    if not wanted:
        return []
    singulars = [wanted.removesuffix(end) for end in ("s", "es")]
    forms = [wanted, *(singular for singular in singulars if singular not in ("", wanted))]
    patterns = _patterns(*forms)
    languages = sorted(("en", "es"), key=lambda name: not language.startswith(name))
    ranked = [
        (rank, searchable.words)
        for searchable in _searchables()
        if any(form in searchable.named for form in forms)
        and (rank := _rank(searchable, patterns, languages))
    ]
    # sort() is stable: equal ranks stay in class order.
    return sorted(ranked, key=lambda found: found[0])


def recognise(text: str, language: str) -> ClassWords | None:
    """The class that a text names: by its name in the page's language, its API name, its name in
    the other language, its synset, or as feedback stores it.

    A name that stands for two classes names neither.
    """
    return _by_name(language).get(bare(text))


@cache
def _by_name(language: str) -> dict[str, ClassWords]:
    other = "en" if language.startswith("es") else "es"
    every = classes().values()
    return {
        **classes(),
        **{bare(words.names(other).name): words for words in every},
        **{bare(words.correction): words for words in every},
        **{bare(words.names(language).name): words for words in every},
    }


def bare(text: str) -> str:
    """Its words in small letters without accents: `Perro-Lobo ` → `perro lobo`."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("_", " "))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", plain))


def _patterns(wanted: str, *singulars: str) -> list[list[str]]:
    """What to look for in the fields of a Searchable, the best first."""
    return [
        [f"| {wanted} |"],
        [f"| {singular} |" for singular in singulars],
        [f" {wanted} "],
        [f" {singular} " for singular in singulars],
        [f"| {wanted}"],
        [f" {wanted}"],
        [wanted] if len(wanted) > 4 else [],  # "gato" is in "alligator"
    ]


def _rank(
    searchable: Searchable, patterns: list[list[str]], languages: list[str]
) -> tuple[int, int, int] | None:
    """Which pattern fits, in which language, and in which field."""
    for at, alternatives in enumerate(patterns):
        for foreign, language in enumerate(languages):
            fields = searchable.fields[language]
            for field, text in enumerate(fields if at < WHOLE_WORDS else fields[:-1]):
                if any(pattern in text for pattern in alternatives):
                    return at, foreign, field
    return None


@cache
def _searchables() -> list[Searchable]:
    found = []
    for words in classes().values():
        fields = {"en": _fields(words.english), "es": _fields(words.spanish)}
        named = "".join([*fields["en"], *fields["es"]])
        found.append(Searchable(words, fields, named, f"{named} {bare(words.gloss)}"))
    return found


def _fields(names: Names) -> list[str]:
    without_which = names.name.partition(" (")[0]
    groups = [name for group in names.groups for name in group.split(", ")]
    return [_barred([names.name, without_which]), _barred(names.synonyms), _barred(groups)]


def _barred(names: Iterable[str]) -> str:
    return "".join(f"| {bare(name)} |" for name in names)
