"""The words for the classes of each label set."""

from functools import lru_cache

from predictions.classifiers import LabelSet
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


def matching(words: str) -> list[tuple[str, str]]:
    """Keys and labels of the classes of all classifiers that some words mean."""
    ids = LabelSet.objects.order_by("pk").values_list("pk", flat=True)
    return [found for label_set in ids for found in vocabulary_of(label_set).matching(words)]
