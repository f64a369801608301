"""`manage.py move_media TO`: pictures and other uploads into a bucket of S3 or a folder."""

from argparse import ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from classifier_site.management.commands.backup import complain
from classifier_site.operations.backups.at_hand import database_at_hand
from classifier_site.operations.moving import Move, Outcome, storage_at


class Command(BaseCommand):
    help = (
        "Copies pictures and other uploads into a bucket of S3 (an address like that of MEDIA_URL) "
        "or into a folder, while the service runs. What is there already is not copied again. "
        "Nothing is deleted, and no setting is changed: see docs/operations.md, Pictures in S3."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("to", type=place, metavar="TO")
        parser.add_argument(
            "--from",
            type=place,
            dest="source",
            metavar="FROM",
            help="Where they are; else where the settings say.",
        )

    def handle(self, *, to: str, source: str | None, **options: Any) -> None:
        source = source or where_they_are()
        if to.rstrip("/") == source.rstrip("/"):
            raise CommandError("They are there already: the settings say so.")
        move = Move(storage_at(source), storage_at(to))
        with database_at_hand():
            try:
                move.all(self.stdout.write)
            except OSError as error:
                raise CommandError(
                    f"{error}. What has been copied stays: run the command again."
                ) from error
        known = f"; {move.files[Outcome.KNOWN]:,} were there already"
        copied = move.files[Outcome.COPIED] + move.files[Outcome.DAMAGED]
        self.stdout.write(f"Copied {copied:,} files{known}.")
        complain(self, "are missing where they should be", move.bad[Outcome.MISSING])
        complain(self, "are damaged, and were copied as they are", move.bad[Outcome.DAMAGED])
        if any(move.bad.values()):
            raise SystemExit(1)


def place(text: str) -> str:
    try:
        storage_at(text)
    except ValueError as error:
        raise ArgumentTypeError(f"the place {error}") from error
    return text


def where_they_are() -> str:
    """An address or a path."""
    bucket = settings.MEDIA_BUCKET
    return bucket.url if bucket else str(settings.MEDIA_ROOT)
