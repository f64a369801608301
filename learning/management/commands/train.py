"""`manage.py train NAME`: has a classifier learn from its examples, and waits until it has."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from learning import trainings
from learning.models import Training
from learning.refusals import TeachingRefused
from learning.stages import STAGES
from predictions.registry.naming import classifier_named
from predictions.registry.routing import UnknownClassifier

LOOK_EVERY = 1  # seconds


class Command(BaseCommand):
    help = "Train a classifier on its examples. A training worker does it; this waits for it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="Of the classifier, as programs call it.")
        parser.add_argument(
            "--fine-tune",
            action="store_true",
            help="Learn on a larger network, and tune it if that helps. Takes minutes.",
        )

    def handle(self, *, name: str, fine_tune: bool, **options: Any) -> None:
        try:
            classifier = classifier_named(name)
            training = trainings.start(classifier.owner, classifier, deeper=fine_tune)
        except (UnknownClassifier, TeachingRefused) as error:
            raise CommandError(str(error)) from error
        self.follow(training)
        if training.version is None:
            raise CommandError(_(training.error) if training.error else training.status)
        figures = training.figures
        self.stdout.write(
            f"Version {training.version_id}, {training.version}: {figures['right']} of "
            f"{figures['of']} pictures right while they were left out. It answers nobody yet: "
            f"manage.py models promote {training.version_id} --classifier {name}"
        )

    def follow(self, training: Training) -> None:
        said = ""
        while training.is_unfinished:
            stage = str(STAGES[training.stage])
            if stage != said:
                self.stdout.write(stage)
                said = stage
            time.sleep(LOOK_EVERY)
            training.refresh_from_db()
