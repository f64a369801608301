"""`manage.py mlflow_sync`: tells MLflow of versions and roles."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from predictions.mlflow import outbox, sending
from predictions.mlflow.client import MlflowUnusable
from predictions.mlflow.models import Pending


class Command(BaseCommand):
    help = "Tells the MLflow server of MLFLOW_TRACKING_URI of versions and roles, until stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--once",
            action="store_true",
            help="Send what waits and end; with status 1 if it fails.",
        )
        how.add_argument(
            "--status", action="store_true", help="Say what waits, and why it was not sent."
        )

    def handle(self, *, once: bool, status: bool, **options: Any) -> None:
        if status:
            self.stdout.write(outbox.summary())
            return
        try:
            if not once:
                sending.send_for_ever()
            sending.send_all()
        except MlflowUnusable as error:
            raise CommandError(str(error)) from error
        if Pending.objects.exists():
            raise CommandError(outbox.summary())
        self.stdout.write(outbox.summary())
