"""`manage.py prepare_model NAME`: fills the model store and makes the model the current one."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from predictions.inference.architectures import ARCHITECTURES
from predictions.inference.engines import Precision, native_precision
from predictions.inference.errors import ModelError
from predictions.inference.selection import AUTO, choose
from predictions.inference.store import ModelStore
from predictions.models import ModelVersion


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
    help = "Obtains, checks and exports a model, and lets it answer new pictures from now on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "name",
            nargs="?",
            choices=[AUTO, *ARCHITECTURES],
            default=settings.CLASSIFIER_MODEL,
            help="CLASSIFIER_MODEL unless told.",
        )

    def handle(self, *, name: str, **options: Any) -> None:
        progress = ProgressBar(self)
        try:
            manifest = choose(
                name,
                ModelStore(settings.MODEL_STORE),
                weights_file=settings.RESNET50_WEIGHTS,
                progress=progress,
            )
        except ModelError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The model could not be written: {error}") from error
        finally:
            progress.close()
        model = ModelVersion.objects.register(manifest, chosen_precision())
        self.stdout.write(f"New pictures are classified by {manifest.title}, {model}.")


def chosen_precision() -> Precision:
    """CLASSIFIER_PRECISION, where "auto" is what this machine's processor has natively."""
    if settings.CLASSIFIER_PRECISION == AUTO:
        return native_precision()
    return settings.CLASSIFIER_PRECISION
