"""What staff mean by what they type into a search of the admin."""

import re
from contextlib import suppress
from pathlib import PurePath
from typing import NamedTuple
from uuid import UUID

from accounts.models import User
from predictions.classifiers import Classifier, ModelVersion
from predictions.models import Inference
from predictions.registry.label_sets import called
from predictions.registry.vocabularies import vocabulary_of
from predictions.templatetags.labels import language

PEOPLE = 5  # whose email begins so; more would have to be put in order together
MD5, SHA256 = re.compile("[0-9a-f]{32}"), re.compile("[0-9a-f]{64}")


class Sought(NamedTuple):
    """What each has an index; only `words` are looked for in what that finds."""

    pk: UUID | None = None
    hashes: dict[str, str] | None = None  # of a picture: sha256 or md5
    people: list[int] | None = None
    labels: set[str] | None = None
    words: tuple[str, ...] = ()


def read(query: str) -> Sought:
    """A class by its name in any language, or words of the other kinds, separated by spaces."""
    if query.strip() and (labels := labels_called(query.strip())):
        return Sought(labels=labels)
    sought = Sought()
    for word in query.split():
        sought = with_word(sought, word)
    return sought


def with_word(sought: Sought, word: str) -> Sought:
    name = PurePath(word.lower()).stem if word.count(".") else word.lower()  # of a stored file
    if SHA256.fullmatch(name):
        return sought._replace(hashes={"sha256": name})
    if MD5.fullmatch(name):
        return sought._replace(hashes={"md5": name})
    if "@" in word:
        people = User.objects.filter(email__startswith=word.lower()).order_by("email")
        return sought._replace(people=list(people.values_list("pk", flat=True)[:PEOPLE]))
    with suppress(ValueError):
        return sought._replace(pk=UUID(word))
    return sought._replace(words=(*sought.words, word))


def labels_called(text: str) -> set[str]:
    """How answers call the classes that a text names: as the API does, or in a page's language."""
    label_sets = ModelVersion.objects.filter(classifier__in=Classifier.objects.of_server())
    ids = list(label_sets.order_by("label_set").values_list("label_set", flat=True).distinct())
    labels = {found.name for found in called(text, ids)}
    for label_set in ids:
        if choice := vocabulary_of(label_set).recognise(text, language()):
            labels.add(choice.label)
    if not labels and Inference.objects.filter(label=text).exists():  # of somebody's own classifier
        labels.add(text)
    return labels
