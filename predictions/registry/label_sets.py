"""The classes of label sets, read from the database once in a process's life: they never change."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from predictions.classifiers import LabelSet
from predictions.inference.labels import Label, by_text, search

KEPT = 64


@lru_cache(maxsize=KEPT)
def labels_of(label_set_id: int) -> tuple[Label, ...]:
    """What outputs with this label set mean. Raises LabelSet.DoesNotExist."""
    classes = LabelSet.objects.values_list("classes", flat=True).get(pk=label_set_id)
    return tuple(Label(index, *entry) for index, entry in enumerate(classes))


@lru_cache(maxsize=KEPT)
def classes_by_text(label_set_id: int) -> Mapping[str, Label]:
    return by_text(labels_of(label_set_id))


def class_of(label_set_id: int, text: str) -> Label | None:
    """The class of a label set that a text names, see labels.by_text()."""
    return classes_by_text(label_set_id).get(text)


def called(text: str, label_set_ids: Iterable[int]) -> Sequence[Label]:
    """The classes of these label sets with exactly this key, name or synset."""
    return [
        label
        for label_set_id in label_set_ids
        for label in labels_of(label_set_id)
        if text in (label.key, label.name, label.synset)
    ]


def search_in(label_set_id: int, text: str) -> Sequence[Label]:
    """All classes, or those whose key, name or synset contains the text."""
    return search(text, labels_of(label_set_id)) if text else labels_of(label_set_id)
