"""The classes of label sets, read from the database once in a process's life: they never change."""

from functools import lru_cache

from predictions.classifiers import LabelSet
from predictions.inference.labels import Label

KEPT = 64


@lru_cache(maxsize=KEPT)
def labels_of(label_set_id: int) -> tuple[Label, ...]:
    """What outputs with this label set mean. Raises LabelSet.DoesNotExist."""
    classes = LabelSet.objects.values_list("classes", flat=True).get(pk=label_set_id)
    return tuple(Label(index, *entry) for index, entry in enumerate(classes))
