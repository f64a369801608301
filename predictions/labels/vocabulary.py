"""How people read and write the classes of a label set, which is ImageNet's or one of its own."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from predictions.inference.labels import NONE_KEY, NONE_NAME, Label
from predictions.labels import search, words
from predictions.labels.search import MOST_LETTERS, bare
from predictions.labels.words import ClassWords

WHOLE_WORD = 1  # of the patterns of OwnNames: the whole name, and a whole word
# The service named this class, not a person, so its name is translated.
NONE_IN = {"es": "Ninguna de estas"}


class Choice(NamedTuple):
    """A class as people are offered it."""

    key: str
    label: str  # the name that the API has
    name: str
    about: str  # what tells whether it is meant
    correction: str  # as feedback stores it


class Vocabulary(ABC):
    """`language` is one such as `es` or `es-mx`."""

    @abstractmethod
    def name(self, key: str, label: str, language: str) -> str:
        """What people read for the class with this key and label."""

    @abstractmethod
    def name_of_correction(self, text: str, language: str) -> str:
        """What people read for what feedback stores; other text stays as it is."""

    @abstractmethod
    def choice(self, key: str, language: str) -> Choice | None: ...

    @abstractmethod
    def recognise(self, text: str, language: str) -> Choice | None:
        """The class that a text names; of two with that name, neither."""

    @abstractmethod
    def find(self, query: str, language: str) -> list[Choice]:
        """The classes that a query names, the most relevant first."""

    @abstractmethod
    def matching(self, query: str) -> list[tuple[str, str]]:
        """Keys and labels of the classes that a query means, for a list that has nothing else."""


class ImageNet(Vocabulary):
    """Names, synonyms and groups in English and Spanish."""

    def name(self, key: str, label: str, language: str) -> str:
        return words.class_name(key or label, language)

    def name_of_correction(self, text: str, language: str) -> str:
        return words.class_name(text, language)

    def choice(self, key: str, language: str) -> Choice | None:
        found = words.classes().get(key)
        return self._offered(found, language) if found else None

    def recognise(self, text: str, language: str) -> Choice | None:
        found = search.recognise(text, language)
        return self._offered(found, language) if found else None

    def find(self, query: str, language: str) -> list[Choice]:
        return [self._offered(found, language) for found in search.find(query, language)]

    def matching(self, query: str) -> list[tuple[str, str]]:
        return [(found.synset, found.label) for found in search.matching(query)]

    def _offered(self, found: ClassWords, language: str) -> Choice:
        """Glosses are in English only."""
        name = found.names(language).name
        about = found.gloss if name == found.english.name else found.english.name
        return Choice(found.synset, found.label, name, about, found.correction)


class OwnNames(Vocabulary):
    """The names that whoever made the classifier gave its classes, whatever the language.

    A name that is another class's, too, or its key, is written with its own key: `crane (bird)`.
    """

    def __init__(self, labels: Sequence[Label]) -> None:
        self.labels = {label.key: label.name for label in labels}
        uses = Counter(self.labels.values())
        uses.update(key for key, name in self.labels.items() if name != key)
        self.names = {
            key: f"{name} ({key})" if uses[name] > 1 else name for key, name in self.labels.items()
        }

    def name(self, key: str, label: str, language: str) -> str:
        name = self.names.get(key, label)
        return self.name_of_correction(name, language) if key == NONE_KEY else name

    def name_of_correction(self, text: str, language: str) -> str:
        return NONE_IN.get(language[:2], text) if text == NONE_NAME else text

    def choice(self, key: str, language: str) -> Choice | None:
        if (correction := self.names.get(key)) is None:
            return None
        label = self.labels[key]
        return Choice(key, label, self.name(key, label, language), "", correction)

    def recognise(self, text: str, language: str) -> Choice | None:
        """By its name or else by its key, which may be the name of another class."""
        wanted, exact = bare(text), text.strip()
        by_name = [key for key, name in self.names.items() if exact == name]
        by_words = [
            key
            for key in self.names
            if wanted and wanted in {bare(name) for name in self._spellings(key)}
        ]
        for keys in (by_name, by_words, [exact]):
            if len(keys) == 1:
                return self.choice(keys[0], language)
        return None

    def find(self, query: str, language: str) -> list[Choice]:
        return [found for _, key in self._ranked(query) if (found := self.choice(key, language))]

    def matching(self, query: str) -> list[tuple[str, str]]:
        ranked = self._ranked(query)
        best = [key for rank, key in ranked if rank <= WHOLE_WORD] or [key for _, key in ranked]
        return [(key, self.labels[key]) for key in best]

    def _ranked(self, query: str) -> list[tuple[int, str]]:
        """Keys of the classes with the query in their names, the most relevant first."""
        wanted = bare(query[:MOST_LETTERS])
        patterns = (f"| {wanted} |", f" {wanted} ", f" {wanted}", wanted)
        ranked = []
        for key in self.names:
            text = f"| {' | '.join(map(bare, self._spellings(key)))} |"
            if wanted and wanted in text:
                ranked.append((next(at for at, part in enumerate(patterns) if part in text), key))
        return sorted(ranked, key=lambda found: found[0])

    def _spellings(self, key: str) -> list[str]:
        """Its name, and for “None of these” those in other languages."""
        others = NONE_IN.values() if self.labels[key] == NONE_NAME else ()
        return [self.names[key], *others]
