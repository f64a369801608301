"""A backup is put in the place of what is there, and then counted.

The files come first: they have names of their own, so that what is interrupted can be run again.
The database comes after them in one transaction, and at last goes what the backup does not have.
"""

import gzip
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from classifier_site.operations.backups import database
from classifier_site.operations.backups.contents import MEDIA
from classifier_site.operations.backups.copying import Entry, Say
from classifier_site.operations.backups.errors import BackupError
from classifier_site.operations.backups.making import which_key
from classifier_site.operations.backups.places import Address, Place, find
from classifier_site.operations.backups.programs import Database, Programs, major_version
from classifier_site.operations.backups.sealing import Opener
from classifier_site.operations.backups.snapshot import FILES, IN_MEMORY, Snapshot, sha256_of
from foundation.storage.lasting import lasting_storage
from predictions.inference.sharing import SharingStore
from predictions.registry.model_store import model_store
from predictions.registry.shared_models import FOLDER
from predictions.registry.sharing import share_all


@dataclass(frozen=True)
class Restored:
    snapshot: Snapshot
    rows: int
    removed: int  # files that were there before
    with_vectors: bool  # of similar pictures
    same_key: bool  # SECRET_KEY is the one of the backup
    to_migrate: bool  # the code is newer than the backup


def restore(source: Address, opener: Opener, say: Say, *, replace: bool) -> Restored:
    """Restores the backup in `source`, or the latest of a place of backups.

    replace: delete what is there now.

    Raises:
        BackupError: something is there, or in use, or the backup is damaged.
        OSError: a file cannot be read or written.
    """
    place, name = find(source)
    with place.locked(alone=False), place.files_of(name) as path:
        snapshot = checked(path, place.where(name))
        database.refuse_newer(snapshot, major_version())
        programs = Programs.of_version(major_version())
        refuse_company()
        names = {(entry.area, entry.name) for entry in entries(path, snapshot, opener)}
        if not replace:
            refuse_to_replace(names)
        say(f"Copying {snapshot.files:,} files")
        for entry in entries(path, snapshot, opener):
            put(entry, place, opener)
        os.sync()  # a power cut after this finds them
        say("Restoring the database")
        target = Database.of_the_service()
        with_vectors = database.load(target, programs, path, snapshot, opener)
        with connection.cursor() as cursor:
            counts = database.count_rows(cursor)
        database.compare(counts, snapshot, with_vectors=with_vectors)
        store = model_store()
        if isinstance(store, SharingStore):
            share_all(store, say)
        executor = MigrationExecutor(connection)
        return Restored(
            snapshot=snapshot,
            rows=sum(counts.values()),
            removed=remove_all_but(names),
            with_vectors=with_vectors,
            same_key=snapshot.key == which_key(),
            to_migrate=bool(executor.migration_plan(executor.loader.graph.leaf_nodes())),
        )


def checked(path: Path, where: str) -> Snapshot:
    """What this backup is, if its own files are as they were written. Raises BackupError."""
    snapshot = Snapshot.read(path, where)
    for name, sha256 in snapshot.hashes.items():
        if not (path / name).is_file() or sha256_of(path / name) != sha256:
            raise BackupError(f"{where}/{name} is damaged or missing: use another backup.")
    return snapshot


def entries(path: Path, snapshot: Snapshot, opener: Opener) -> Iterator[Entry]:
    """Its files. Raises BackupError."""
    with (
        opener.plain(snapshot.path(path, FILES)) as plain,
        gzip.open(plain, "rt", encoding="utf-8") as lines,
    ):
        for line in lines:
            entry = Entry(*json.loads(line))
            if os.path.isabs(entry.name) or ".." in entry.name.split("/"):
                raise BackupError(f"{path} names a file outside of the service's: {entry.name}")
            yield entry


@contextmanager
def content(entry: Entry, place: Place, opener: Opener) -> Iterator[IO[bytes]]:
    """A file of the backup, which is what it was.

    Raises:
        BackupError: it is missing or damaged, or no key opens it.
    """
    where = place.where_object(entry.object)
    with SpooledTemporaryFile(IN_MEMORY) as file:
        try:
            with place.open(entry.object) as source:
                opener.read(source, where, file)
        except FileNotFoundError as error:
            raise BackupError(f"{where} is missing, which {entry.name} needs.") from error
        file.seek(0)
        if file_digest(file, "sha256").hexdigest() != entry.sha256:
            raise BackupError(
                f"{where} is damaged. Delete it, and the next backup stores {entry.name} again."
            )
        file.seek(0)
        yield file


def put(entry: Entry, place: Place, opener: Opener) -> None:
    """Writes a file where it belongs, unless the same is there."""
    if entry.area == MEDIA:
        if not is_there(entry):
            with content(entry, place, opener) as file:
                lasting_storage.replace(entry.name, File(file))
        return
    path = settings.MODEL_STORE / entry.name
    if path.is_file() and sha256_of(path) == entry.sha256:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with content(entry, place, opener) as file, part.open("wb") as target:
        for piece in iter(lambda: file.read(1 << 20), b""):
            target.write(piece)
    part.replace(path)


def is_there(entry: Entry) -> bool:
    try:
        with default_storage.open(entry.name) as file:
            return file_digest(file, "sha256").hexdigest() == entry.sha256
    except FileNotFoundError:
        return False


def refuse_company() -> None:
    """Raises BackupError: a site or a worker would go on with rows that are gone."""
    deadline = time.monotonic() + 5  # for those that have just been stopped
    with connection.cursor() as cursor:
        while True:
            cursor.execute(database.OTHERS)
            others = cursor.fetchall()
            if not others or time.monotonic() > deadline:
                break
            time.sleep(0.2)
    if others:
        who = ", ".join(sorted({f"{name} from {host}" for name, host in others}))
        raise BackupError(
            f"{len(others)} other connections to the database are open ({who}). Stop the site, "
            "the workers, a connection pooler and whatever else uses it first."
        )


def refuse_to_replace(names: set[tuple[str, str]]) -> None:
    """Raises BackupError: there is more than what an interrupted restore has left."""
    tables = connection.introspection.table_names()
    people = "accounts_user" in tables and exists("accounts_user")
    pictures = "predictions_image" in tables and exists("predictions_image")
    if people or pictures or any((MEDIA, name) not in names for name in walk("")):
        raise BackupError(
            "There are people or pictures already. To delete them and restore the backup instead, "
            "say --replace."
        )


def exists(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")  # noqa: S608
        return bool(cursor.fetchone()[0])


def remove_all_but(names: set[tuple[str, str]]) -> int:
    """Deletes pictures and other uploads that the backup does not have, and counts them.

    Models stay: what prepared them would have to do it again.
    """
    removed = 0
    for name in list(walk("")):
        if (MEDIA, name) not in names:
            default_storage.delete(name)
            removed += 1
    return removed


def walk(folder: str) -> Iterator[str]:
    """The names of all files in the storage but those of models, which are shared there."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (os.path.join(folder, name) for name in files)
    for name in folders:
        if folder or name != FOLDER:
            yield from walk(os.path.join(folder, name))
