"""`manage.py restore PLACE`: what `manage.py backup` has saved, or a check that it could be."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from classifier_site.management.commands.backup import complain, first_line, place
from classifier_site.operations.backups.at_hand import database_at_hand
from classifier_site.operations.backups.checking import Checked, check
from classifier_site.operations.backups.errors import BackupError
from classifier_site.operations.backups.places import Address
from classifier_site.operations.backups.restoring import Restored, restore
from classifier_site.operations.backups.sealing import Opener
from foundation.postgresql.pooling import Pooled, own_session


class Command(BaseCommand):
    help = (
        "Restores the latest backup in a folder or a bucket of S3, or the one in "
        "PLACE/snapshots/NAME. Stop the site and the workers first."
    )
    requires_system_checks = ()  # the database may be empty

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "place",
            type=place,
            metavar="PLACE",
            help="Where the backups are: a folder, or s3://bucket/prefix?endpoint=….",
        )
        parser.add_argument(
            "--replace", action="store_true", help="Delete the people and pictures that are there."
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="Change nothing here: restore into an empty place, count and hash everything, and "
            "throw the place away.",
        )
        parser.add_argument(
            "--identity",
            type=Path,
            metavar="FILE",
            help="With the secret key of age, if the backup is encrypted.",
        )

    def handle(
        self, *, place: Address, replace: bool, check: bool, identity: Path | None, **options: Any
    ) -> None:
        try:
            opener = Opener(identity)
            if check:
                self.check_backup(place, opener)
            else:
                with database_at_hand(), own_session():
                    self.restore(place, opener, replace=replace)
        except (BackupError, Pooled) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database failed: {first_line(error)}") from error
        except OSError as error:
            raise CommandError(f"The backup could not be restored: {error}") from error

    def check_backup(self, place: Address, opener: Opener) -> None:
        found: Checked = check(place, opener, self.stdout.write)
        self.stdout.write(
            f"{found.where} can be restored: {found.pictures:,} pictures, {found.files:,} files in "
            f"all ({found.size / 1e6:,.1f} MB) with the right hashes, and {found.rows:,} rows in "
            f"{len(found.snapshot.tables)} tables."
        )
        self.tell_what_is_missing(found.snapshot.missing, found.snapshot.damaged)

    def restore(self, place: Address, opener: Opener, *, replace: bool) -> None:
        done: Restored = restore(place, opener, self.stdout.write, replace=replace)
        snapshot = done.snapshot
        found = snapshot.pictures - len(snapshot.missing)
        self.stdout.write(
            f"Restored the backup of {snapshot.made_at}: {found:,} pictures, {snapshot.files:,} "
            f"files in all, and {done.rows:,} rows in {len(snapshot.tables)} tables."
        )
        if done.removed:
            self.stdout.write(f"Deleted {done.removed:,} files that the backup does not have.")
        self.tell_what_is_missing(snapshot.missing, snapshot.damaged)
        if not done.with_vectors:
            self.stderr.write(
                "The database has no pgvector: the vectors of similar pictures were left out. Once "
                "it is there, run: manage.py similar_backfill"
            )
        if not done.same_key:
            self.stderr.write(
                "SECRET_KEY is not the one of the backup: authenticator apps and webhooks of "
                "people do not work until it is. Set it to the old one."
            )
        if done.to_migrate:
            self.stdout.write("The backup is of an older version. Now run: manage.py migrate")

    def tell_what_is_missing(self, missing: list[str], damaged: list[str]) -> None:
        complain(self, "were missing when it was made, and cannot be shown", missing)
        complain(self, "were damaged when it was made, and are as they were", damaged)
