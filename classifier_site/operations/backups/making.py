"""A backup is made while the service runs: the database first, then the files that it names.

Both are of one moment. pg_dump and the list of files see the same snapshot of the database; files
that come afterwards do not matter, and no picture that it names is deleted before the copying is
done (foundation/storage/holding.py).
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import TextIO

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils.crypto import salted_hmac

from classifier_site import __version__, environment
from classifier_site.operations.backups import contents
from classifier_site.operations.backups.contents import Named
from classifier_site.operations.backups.copying import Copying, Say
from classifier_site.operations.backups.database import count_rows
from classifier_site.operations.backups.errors import BackupError
from classifier_site.operations.backups.models import Backup
from classifier_site.operations.backups.places import Address, place_at
from classifier_site.operations.backups.programs import Database, Programs, major_version
from classifier_site.operations.backups.sealing import Sealer
from classifier_site.operations.backups.snapshot import (
    DUMP,
    FILES,
    FORMAT,
    NAME,
    OBJECTS,
    Snapshot,
    private,
    sha256_of,
    write_lines,
)
from foundation.storage.holding import Held, Lost, deletions_held


@dataclass(frozen=True)
class Made:
    where: str
    snapshot: Snapshot
    new: int  # files that no earlier backup has
    added: int  # bytes of these, and of the dump
    removed: int  # earlier backups
    seconds: float


@dataclass(frozen=True)
class Seen:
    """What the database held at one moment, and the file that lists the files it names."""

    tables: dict[str, int]
    migrations: dict[str, str]
    pictures: int
    listed: TextIO

    def files(self) -> Iterator[Named]:
        self.listed.seek(0)
        for line in self.listed:
            yield Named(*json.loads(line))
        yield from contents.models()


def make_backup(address: Address, keep: int | None, say: Say) -> Made:
    """Adds a backup to a place, of which the latest `keep` stay if that is given.

    Raises:
        BackupError
        OSError: it cannot be written. Earlier backups are as they were.
    """
    began = time.monotonic()
    sealer, programs = Sealer(settings.BACKUP_RECIPIENTS), Programs.of_version(major_version())
    place = place_at(address)
    place.prepare()
    with place.locked(alone=True):
        made_at = place.next_time()
        with place.new_snapshot(made_at) as workshop, held():
            copying = Copying(place, sealer)
            with TemporaryFile("w+", encoding="utf-8") as listed:
                say("Dumping the database")
                seen = dump(workshop / (DUMP + sealer.suffix), programs, sealer, listed)
                say(f"Copying {seen.pictures:,} pictures and the models")
                write_files(workshop, copying, seen, say)
            snapshot = describe(workshop, copying, seen, made_at.isoformat(timespec="seconds"))
            copying.added += sum(path.stat().st_size for path in workshop.iterdir())
        where, seconds = place.where(made_at.strftime(NAME)), time.monotonic() - began
        Backup.objects.create(
            made_at=made_at,
            took=timedelta(seconds=seconds),
            place=where[:500],
            pictures=snapshot.pictures,
            missing=len(snapshot.missing) + len(snapshot.damaged),
            size=snapshot.size,
            added=copying.added,
        )
        removed = place.keep(keep) if keep else 0
    return Made(where, snapshot, copying.new, copying.added, removed, seconds)


@contextmanager
def held() -> Iterator[None]:
    """No picture is deleted in a `with` block. Raises BackupError."""
    try:
        with deletions_held() as still_held:
            yield
            still_held()
    except Held as error:
        raise BackupError("Another backup of this service is running.") from error
    except Lost as error:
        raise BackupError(
            "The connection to the database was lost, so pictures may have been deleted while they "
            "were copied. Try again."
        ) from error


def dump(path: Path, programs: Programs, sealer: Sealer, listed: TextIO) -> Seen:
    """Writes the database, and the list of the files that it names."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        [moment] = cursor.fetchone()
        database = Database.of_the_service()
        arguments = ["-Fc", "--no-owner", "--no-privileges", f"--snapshot={moment}"]
        with (
            programs.writing("pg_dump", *arguments, database=database) as source,
            private(path) as target,
        ):
            sealer.write(source, target)
        pictures = 0
        for named in contents.files_of_rows():
            listed.write(json.dumps([named.area, named.name, named.sha256, named.size]) + "\n")
            pictures += bool(named.sha256)
        return Seen(count_rows(cursor), last_migrations(), pictures, listed)


def last_migrations() -> dict[str, str]:
    applied = sorted(MigrationRecorder(connection).applied_migrations())
    return dict(applied)  # of one app the last one stays


def write_files(workshop: Path, copying: Copying, seen: Seen, say: Say) -> None:
    """Copies what is new, and writes which files there are."""
    objects: set[str] = set()

    def entries() -> Iterator[str]:
        for entry in copying.all_of(seen.files(), say):
            objects.add(entry.object)
            yield json.dumps(entry, ensure_ascii=False)

    write_lines(workshop / FILES, entries())
    write_lines(workshop / OBJECTS, sorted(objects))
    if suffix := copying.sealer.suffix:
        with (
            (workshop / FILES).open("rb") as source,
            private(workshop / (FILES + suffix)) as target,
        ):
            copying.sealer.write(source, target)
        (workshop / FILES).unlink()


def describe(workshop: Path, copying: Copying, seen: Seen, made_at: str) -> Snapshot:
    snapshot = Snapshot(
        format=FORMAT,
        made_at=made_at,
        version=__version__,
        postgresql=major_version(),
        migrations=seen.migrations,
        tables=seen.tables,
        pictures=seen.pictures,
        files=copying.files,
        size=copying.size,
        missing=copying.missing,
        damaged=copying.damaged,
        settings=names_of_settings(),
        key=which_key(),
        encrypted=bool(copying.sealer.suffix),
        hashes={path.name: sha256_of(path) for path in sorted(workshop.iterdir())},
    )
    snapshot.write(workshop)
    return snapshot


def names_of_settings() -> list[str]:
    """Which of the variables in docs/settings.md were set: what a new machine needs again."""
    return sorted(name for name in environment.env.dump() if environment.process.get(name))


def which_key() -> str:
    """Tells whether a SECRET_KEY is the same, and nothing else about it."""
    return salted_hmac("backups", "which SECRET_KEY", algorithm="sha256").hexdigest()[:16]
