"""The names of each class, in English and Spanish, and what it is a kind of."""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from predictions.inference.labels import labels

FOLDER = Path(__file__).parent
# The first line of each names its columns; the names in one cell are parted by "; ".
CLASSES = FOLDER / "classes.tsv"
SPANISH = FOLDER / "spanish.tsv"
SPANISH_GROUPS = FOLDER / "spanish_groups.tsv"  # of those in classes.tsv that people search for


class Names(NamedTuple):
    """What one language calls a class. Groups are what it is a kind of, the nearest first."""

    name: str
    synonyms: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassWords:
    """One class: its place, its synset, its API name, and its words for people.

    Where two classes share a name, `Names.name` says which is meant, `crane (bird)`, and
    `correction`, which feedback stores, has the synset behind the API name: `crane (n02012849)`.
    """

    index: int
    synset: str
    label: str
    correction: str
    gloss: str
    english: Names
    spanish: Names

    def names(self, language: str) -> Names:
        """The names in a language such as `es` or `es-mx`; in English for any but Spanish."""
        return self.spanish if language.partition("-")[0] == "es" else self.english


@cache
def classes() -> dict[str, ClassWords]:
    """All classes by synset, in class order."""
    spanish = {synset: (name, synonyms) for synset, name, synonyms in _rows(SPANISH)}
    spanish_groups = {group: _split(names) for group, names in _rows(SPANISH_GROUPS)}
    uses = Counter(label.name for label in labels())
    found = {}
    for label, row in zip(labels(), _rows(CLASSES), strict=True):
        synset, name, synonyms, gloss, groups = row
        english = Names(name, _split(synonyms), _split(groups))
        spanish_name, spanish_synonyms = spanish[synset]
        found[synset] = ClassWords(
            index=label.index,
            synset=synset,
            label=label.name,
            correction=f"{label.name} ({synset})" if uses[label.name] > 1 else label.name,
            gloss=gloss,
            english=english,
            spanish=Names(
                spanish_name,
                _split(spanish_synonyms),
                tuple(name for group in english.groups for name in spanish_groups.get(group, ())),
            ),
        )
    return found


@cache
def _by_text() -> dict[str, ClassWords]:
    return classes() | {words.correction: words for words in classes().values()}


def class_name(label: str, language: str) -> str:
    """What people read for a class that is given by its synset, API name or stored correction.

    `Eskimo_dog` → `Eskimo dog` or `perro esquimal`. Text that does not
    name a class stays as it is.
    """
    words = _by_text().get(label)
    return words.names(language).name if words else label.replace("_", " ")


def _rows(table: Path) -> list[list[str]]:
    _columns, *lines = table.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines]


def _split(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("; ")) if cell else ()
