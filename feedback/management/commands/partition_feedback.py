"""For operators with very much feedback; see "Feedback by month" in docs/operations.md."""

from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from feedback.partitions import moving
from feedback.partitions.months import is_partitioned, tables_of
from feedback.partitions.patience import Busy

SAID_EVERY = 5  # seconds


class Command(BaseCommand):
    help = (
        "Spread feedback over one table a month, while the service runs. It can be stopped at any "
        "time; run again, it continues from there. The only way back is to restore a backup."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            if is_partitioned(cursor) and not moving.is_interrupted(cursor):
                self.stdout.write("Feedback has a table for each month already.")
                return
        try:
            self.move()
        except Busy as error:
            raise CommandError(str(error)) from error
        except moving.Differs as error:
            raise CommandError(
                "The copy is not the same as the table: was it altered meanwhile? The copy is "
                "deleted, and feedback as it was. Run it again."
            ) from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped. Run it again to go on.") from error
        with connection.cursor() as cursor:
            number = len(tables_of(cursor))
        self.stdout.write(f"Done. Feedback has {number} tables.")

    def move(self) -> None:
        said_at = monotonic()
        for progress in moving.partition():
            if monotonic() - said_at > SAID_EVERY:
                said_at = monotonic()
                percent = 100 * progress.copied_to // progress.last
                self.stdout.write(f"{percent} % copied")
