"""What workers do once a day, at once, and where they ask whether the database is the right one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from predictions.models import Prediction
from predictions.pictures import sweeping
from predictions.queueing import model_orphans


class Command(BaseCommand):
    help = "Delete files that no row of the database needs and that are older than a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say how many there are.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        if not Prediction.everything.exists():
            raise CommandError("The database has no predictions, so nothing is deleted.")
        files = size = 0
        waiting = list(sweeping.folders)
        while waiting:
            swept, inside = sweeping.sweep(waiting.pop(), trusting=True, dry_run=dry_run)
            files, size = files + swept.files, size + swept.bytes
            waiting += inside
        swept = model_orphans.sweep(trusting=True, dry_run=dry_run)
        files, size = files + swept.files, size + swept.bytes
        if not dry_run:
            sweeping.clear_unfinished()
        verb = "would be deleted" if dry_run else "deleted"
        self.stdout.write(f"{files} files {verb}, {filesizeformat(size)}.".replace("\xa0", " "))
