"""For operators: vectors of the pictures from before there were any, and their indexes."""

from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.postgresql.pooling import Pooled, own_session
from predictions.similar import backfill, table

SAID_EVERY = 5  # seconds


class Command(BaseCommand):
    help = (
        "Lets the pictures that were answered before be found as similar, and builds the indexes. "
        "It can be stopped at any time, and goes on where it was when it is run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--memory",
            default="128MB",  # of the 256 MB of shared memory that compose gives PostgreSQL
            help="PostgreSQL's maintenance_work_mem while it builds an index, 128MB unless told. "
            "An index takes 4 kB for each picture, and several times as long if that does not fit.",
        )

    def handle(self, *, memory: str, **options: Any) -> None:
        try:
            with own_session():
                self.fill_and_index(memory)
        except Pooled as error:
            raise CommandError(str(error)) from error

    def fill_and_index(self, memory: str) -> None:
        try:
            table.make()
        except table.NotSupported as error:
            raise CommandError(
                f"The database does not have the extension pgvector, 0.7 or later: {error}"
            ) from error
        try:
            self.fill()
            for network in backfill.build_indexes(memory):
                self.stdout.write(f"Building the index of {network}. This may take hours.")
            moved = sum(backfill.index_rest())
        except KeyboardInterrupt as error:
            raise CommandError("Stopped. Run it again to go on.") from error
        self.stdout.write(f"Done. {moved:,} more vectors are under their index.")

    def fill(self) -> None:
        said_at = monotonic()
        for progress in backfill.fill():
            is_last = progress.looked_at == progress.of
            if is_last or monotonic() - said_at > SAID_EVERY:
                said_at = monotonic()
                percent = 100 * progress.looked_at // progress.of
                self.stdout.write(
                    f"{percent} %: {progress.looked_at:,} of {progress.of:,} answers looked at, "
                    f"{progress.added:,} vectors added"
                )
