"""What a training learns from: examples in the order of their samples."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from learning.models import Example, TaughtClass
from learning.refusals import TeachingRefused
from learning.trainings import TOO_FEW
from predictions.classifiers import Classifier
from predictions.inference.labels import NONE_KEY, NONE_NAME, Label


@dataclass(frozen=True)
class DataSet:
    """Examples in the order of their samples, and their classes in that of their labels."""

    examples: Sequence[Example]
    classes: Sequence[TaughtClass]  # those with examples, "none of these" last

    @property
    def labels(self) -> tuple[Label, ...]:
        """Of the model's outputs, which end with "none of these" whether taught or not."""
        named = [(one.key, one.name) for one in self.classes]
        if not self.teaches_none:
            named.append((NONE_KEY, NONE_NAME))
        return tuple(Label(index, key, name) for index, (key, name) in enumerate(named))

    @property
    def teaches_none(self) -> bool:
        return bool(self.classes) and self.classes[-1].is_none

    @property
    def truths(self) -> np.ndarray:
        """Indices of classes: int64 (N,)."""
        index = {one.pk: index for index, one in enumerate(self.classes)}
        return np.array([index[one.taught_class_id] for one in self.examples], np.int64)

    @property
    def groups(self) -> np.ndarray:
        """The same number for examples that look alike: int64 (N,)."""
        return np.array([one.twin_id or one.pk for one in self.examples], np.int64)

    def sha256(self) -> str:
        """Of the list of pictures and their classes."""
        lines = sorted(f"{one.image.sha256} {one.taught_class.key}" for one in self.examples)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def with_features(self, known: dict[int, np.ndarray]) -> "DataSet":
        """Only the examples with features, and the classes that still have any."""
        examples = [one for one in self.examples if one.image_id in known]
        left = {one.taught_class_id for one in examples}
        return DataSet(examples, [one for one in self.classes if one.pk in left])

    def refuse_too_few(self) -> None:
        """Raises TeachingRefused."""
        if sum(not one.is_none for one in self.classes) < 2:
            raise TeachingRefused(_(TOO_FEW))


def data_set(classifier: Classifier) -> DataSet:
    """Raises TeachingRefused."""
    examples = list(
        Example.objects.of(classifier)
        .readable()
        .select_related("image", "taught_class")
        .order_by("pk")
    )
    classes = {one.taught_class_id: one.taught_class for one in examples}
    found = DataSet(examples, sorted(classes.values(), key=lambda one: (one.is_none, one.pk)))
    found.refuse_too_few()
    return found
