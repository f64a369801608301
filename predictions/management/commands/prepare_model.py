"""`manage.py prepare_model NAME`: fills the model store and adds a version."""

import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from predictions.classifiers import ModelVersion
from predictions.inference.architectures import ARCHITECTURES
from predictions.inference.errors import ModelError
from predictions.inference.progress import Progress
from predictions.inference.selection import AUTO, choose
from predictions.inference.sharing import SharingStore
from predictions.mlflow.fetching import Reference, fetch
from predictions.registry import roles
from predictions.registry.model_store import model_store
from predictions.registry.precision import in_precision
from predictions.registry.roles import Changes, RoleRefused
from predictions.registry.sharing import share_all
from predictions.registry.versions import add_version

PRECISIONS = ["f32", "bf16", "int8", AUTO]
NAMES = [AUTO, *ARCHITECTURES, "mlflow:NAME@ALIAS", "mlflow:NAME/VERSION"]


class ProgressBar:
    """Says each step once, and draws a bar for what can be counted where a person is watching."""

    def __init__(self, command: BaseCommand) -> None:
        self.command = command
        self.watched = sys.stderr.isatty()
        self.bar: tqdm[Any] | None = None
        self.step = ""

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None:
        if not self.watched or done is None or total is None:
            self.close()
            if step != self.step:
                self.command.stdout.write(step)
        else:
            if self.bar is None or self.bar.total != total:
                self.close()
                self.bar = tqdm(total=total, unit="", unit_scale=True, leave=False)
            self.bar.set_description(step)
            self.bar.update(done - self.bar.n)
        self.step = step

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None


class Command(BaseCommand):
    help = (
        "Obtains, checks and exports a model, and adds it as a version. It answers new pictures if "
        "no other does."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "name",
            nargs="?",
            type=known_name,
            default=settings.CLASSIFIER_MODEL,
            help=f"{', '.join(NAMES)}. CLASSIFIER_MODEL unless told.",
        )
        parser.add_argument(
            "--precision",
            choices=PRECISIONS,
            default=settings.CLASSIFIER_PRECISION,
            help="What it computes in. CLASSIFIER_PRECISION unless told.",
        )
        parser.add_argument(
            "--calibrate",
            type=Path,
            metavar="FOLDER",
            help="Photographs to quantise it with and to compare precisions on; those that the "
            "server has unless told.",
        )
        parser.add_argument(
            "--promote",
            action="store_true",
            help="Let it answer new pictures, even if another version does so now.",
        )

    def handle(
        self,
        *,
        name: str,
        precision: str,
        calibrate: Path | None,
        promote: bool = False,
        **options: Any,
    ) -> None:
        progress = ProgressBar(self)
        try:
            version = obtain(name, precision, calibrate, progress)
        except ModelError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The model could not be written: {error}") from error
        finally:
            progress.close()
        self.share()
        champion = roles.champion_of(version.classifier)
        if champion is None or promote:
            try:
                Changes(reason="prepare_model").promote(version)
            except RoleRefused as error:
                raise CommandError(str(error)) from error
            champion = version
        if champion == version:
            self.stdout.write(f"New pictures are classified by {version.title}, {version}.")
        else:
            said = name
            if precision != settings.CLASSIFIER_PRECISION:
                said += f" --precision {precision}"
            self.stdout.write(
                f"{version.title}, {version}, is ready. New pictures are still classified by "
                f"{champion}; to change that, run: python manage.py prepare_model {said} --promote"
            )

    def share(self) -> None:
        """What this machine had before its pictures moved to a bucket."""
        store = model_store()
        if isinstance(store, SharingStore):
            try:
                share_all(store, self.stdout.write)
            except OSError as error:  # the model is ready here
                self.stdout.write(f"Other machines cannot fetch all models yet: {error}")


def known_name(text: str) -> str:
    if text not in (AUTO, *ARCHITECTURES) and Reference.parse(text) is None:
        raise ArgumentTypeError(f"invalid choice: {text!r} (choose from {', '.join(NAMES)})")
    return text


def obtain(name: str, precision: str, calibrate: Path | None, progress: Progress) -> ModelVersion:
    """Raises ModelError and OSError."""
    store = model_store()
    if reference := Reference.parse(name):
        return add_version(*fetch(reference, store, progress))
    manifest = choose(name, store, weights_file=settings.RESNET50_WEIGHTS, progress=progress)
    return add_version(*in_precision(manifest, store, precision, calibrate, progress))
