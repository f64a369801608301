"""Classifiers that tests teach, with the photographs in images/waste."""

from pathlib import Path
from typing import Any

from learning.classes import class_called
from learning.examples import add_upload
from learning.models import Example
from predictions.classifiers import Classifier
from predictions.pictures.uploads import PictureUpload
from predictions.registry.ownership import new_classifier
from tests.pictures import IMAGES

WASTE = IMAGES / "waste"


def waste(name: str, number: int = 12) -> list[Path]:
    """Photographs of `cardboard`, `glass` or `paper`, twelve at most."""
    return sorted((WASTE / name).glob("*.jpg"))[:number]


def upload(path: Path) -> PictureUpload:
    return PictureUpload.of(path.read_bytes(), path.name)


def teach(user: Any, title: str = "Waste", **classes: int) -> Classifier:
    """A classifier with so many examples of each class."""
    classifier = new_classifier(user, title)
    for name, number in classes.items():
        give(user, classifier, name, waste(name, number))
    return classifier


def give(user: Any, classifier: Classifier, name: str, paths: list[Path]) -> list[Example]:
    taught_class = class_called(classifier, name)
    return [add_upload(user, taught_class, upload(path)) for path in paths]
