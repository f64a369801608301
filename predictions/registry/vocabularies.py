"""The words for the classes of each label set."""

from collections.abc import Iterable
from functools import lru_cache

from predictions.inference.labels import labels
from predictions.labels.vocabulary import ImageNet, OwnNames, Vocabulary
from predictions.registry.label_sets import labels_of

IMAGENET = ImageNet()


@lru_cache(maxsize=64)
def vocabulary_of(label_set_id: int) -> Vocabulary:
    """Asks the database once in a process's life: a label set never changes.

    Raises LabelSet.DoesNotExist.
    """
    found = labels_of(label_set_id)
    return IMAGENET if found == labels() else OwnNames(found)


def matching(words: str, label_set_ids: Iterable[int]) -> list[tuple[str, str]]:
    """Keys and labels of the classes of these label sets that some words mean."""
    return [
        found
        for label_set_id in label_set_ids
        for found in vocabulary_of(label_set_id).matching(words)
    ]
