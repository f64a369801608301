"""`manage.py backup PLACE`: database, pictures and models as they are at one moment."""

import time
from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from classifier_site.operations.backups.at_hand import database_at_hand
from classifier_site.operations.backups.errors import BackupError
from classifier_site.operations.backups.making import Made, make_backup
from classifier_site.operations.backups.models import latest
from classifier_site.operations.backups.places import Address, address
from foundation.postgresql.pooling import Pooled, own_session

AGAIN_AFTER = 600  # seconds, if one has failed
NAMED = 10  # files of which something is to be said


class Command(BaseCommand):
    help = (
        "Backs up the database, the pictures and the models into a folder or a bucket of S3, while "
        "the service runs. What is there already is not copied again. Secrets are not in it: keep "
        ".env, or secret_key in the data folder, elsewhere."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "place",
            type=place,
            metavar="PLACE",
            help="A folder, or s3://bucket/prefix?endpoint=https://s3.example.org (parameters as "
            "in MEDIA_URL): an empty one, or one of before.",
        )
        parser.add_argument(
            "--keep", type=one_or_more, metavar="N", help="Delete all but the latest N backups."
        )
        parser.add_argument(
            "--every",
            type=one_or_more,
            metavar="HOURS",
            help="Go on, and make one whenever the latest is so old.",
        )

    def handle(
        self, *, place: Address, keep: int | None, every: int | None, **options: Any
    ) -> None:
        if every is None:
            with database_at_hand():
                self.back_up(place, keep)
            return
        while True:
            try:
                wait = time_left(every)
                if wait <= 0:
                    self.back_up(place, keep)
                    wait = time_left(every)
            except (CommandError, DatabaseError) as error:
                self.stderr.write(f"No backup was made: {first_line(error)}")
                wait = AGAIN_AFTER
            connection.close()
            time.sleep(wait)

    def back_up(self, place: Address, keep: int | None) -> None:
        try:
            with own_session():
                self.tell(make_backup(place, keep, self.stdout.write))
        except (BackupError, Pooled) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database failed: {first_line(error)}") from error
        except OSError as error:
            raise CommandError(
                f"The backup could not be written: {error}. Earlier ones are as they were."
            ) from error

    def tell(self, made: Made) -> None:
        snapshot = made.snapshot
        self.stdout.write(
            f"Backed up {snapshot.pictures:,} pictures, {snapshot.files:,} files in all "
            f"({snapshot.size / 1e6:,.1f} MB, {made.new:,} of them new), and "
            f"{sum(snapshot.tables.values()):,} rows in {len(snapshot.tables)} tables. This "
            f"added {made.added / 1e6:,.1f} MB in {made.seconds:.1f} seconds."
        )
        if made.removed:
            self.stdout.write(f"Deleted {made.removed} older backups.")
        self.stdout.write(made.where)
        complain(self, "could not be read and are missing", snapshot.missing)
        complain(self, "are damaged, and were backed up as they are", snapshot.damaged)


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def complain(command: BaseCommand, what: str, names: list[str]) -> None:
    if names:
        more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
        command.stderr.write(f"{len(names):,} files {what}: {', '.join(names[:NAMED])}{more}.")


def time_left(every: int) -> float:
    """Seconds until the next backup."""
    if (last := latest()) is None:
        return 0
    return (timedelta(hours=every) - last.age).total_seconds()


def place(text: str) -> Address:
    try:
        return address(text)
    except ValueError as error:
        raise ArgumentTypeError(f"the place {error}") from error


def one_or_more(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} must be a whole number from 1.")
    return int(text)
