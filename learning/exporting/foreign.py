"""Labels and heads that came from elsewhere: read, and refused unless every answer can be saved."""

from pathlib import Path
from zipfile import ZipFile

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from learning.exporting.unpacking import DAMAGED, MOST
from learning.refusals import TeachingRefused
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.heads import HEAD_FILE, Head
from predictions.inference.label_files import read_labels
from predictions.inference.labels import Label

MOST_CLASSES = 1000
LONGEST_SYNSET = 20  # characters
# Numbers where arrays should be, or arrays that say they are larger than the memory.
ODD = (IndexError, TypeError, MemoryError)


def read_foreign_labels(folder: Path) -> tuple[Label, ...]:
    """Raises TeachingRefused."""
    try:
        labels = read_labels(folder)
        for label in labels:
            if not isinstance(label.synset, str) or len(label.synset) > LONGEST_SYNSET:
                raise ValueError(label.synset)
            "".join([label.key, label.name, label.synset]).encode()  # no halves of characters
    except (ModelNotPrepared, ValueError, RecursionError) as error:
        raise TeachingRefused(_("The labels.json of the ZIP file cannot be read.")) from error
    if not 2 <= len(labels) <= MOST_CLASSES:
        raise TeachingRefused(
            gettext_noop("A model has 2 to %(most)d classes; this one has %(classes)d."),
            most=MOST_CLASSES,
            classes=len(labels),
        )
    return labels


def read_foreign_head(folder: Path) -> Head:
    """Raises TeachingRefused."""
    try:
        with ZipFile(folder / HEAD_FILE) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST[HEAD_FILE]:
                raise ValueError("too large")
        head = Head.read(folder)
        refuse_odd_arrays(head.arrays())
    except (*DAMAGED, *ODD, ModelNotPrepared) as error:
        raise TeachingRefused(_("The head.npz of the ZIP file cannot be read.")) from error
    return head


def refuse_odd_arrays(arrays: dict[str, np.ndarray]) -> None:
    """Arrays of other shapes could answer one picture, and fail the batch of many.

    Raises IndexError, TypeError and ValueError.
    """
    features, outputs = arrays["weights"].shape
    shapes: dict[str, tuple[int, ...]] = {"weights": (features, outputs), "bias": (outputs,)}
    if "means" in arrays:
        known, directions = len(arrays["means"]), arrays["directions"].shape[-1]
        if outputs not in (known, known + 1):
            raise ValueError(known)
        shapes |= {"means": (known, features), "directions": (features, directions)}
    for name, array in arrays.items():
        # Others are single numbers.
        if array.shape != shapes.get(name, ()) or array.dtype != np.float32:
            raise ValueError(name)
        if not np.isfinite(array).all():
            raise ValueError(name)
