"""What a training has stored that came to no version: it was cancelled, say."""

from collections.abc import Sequence

from django.db.models import Q

from predictions.classifiers import ModelVersion
from predictions.inference.store import Manifest
from predictions.registry.model_store import model_store


def delete(stored: Sequence[Manifest]) -> None:
    """Unless a version has them, as learning the same again stores the same.

    Raises OSError and DatabaseError.
    """
    for manifest in stored:
        place = {"name": manifest.name, "version": manifest.version}
        itself = Q(manifest__name=manifest.name, manifest__version=manifest.version)
        if not ModelVersion.objects.filter(itself | Q(manifest__backbone=place)).exists():
            model_store().delete(**place)
