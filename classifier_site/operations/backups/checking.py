"""A backup is restored into an empty place, counted and hashed, and the place is thrown away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from classifier_site.one_machine.data_folder import StartError
from classifier_site.one_machine.servers import Servers
from classifier_site.one_machine.wheels import postgres_program
from classifier_site.operations.backups import database
from classifier_site.operations.backups.contents import MEDIA
from classifier_site.operations.backups.copying import Say
from classifier_site.operations.backups.errors import BackupError
from classifier_site.operations.backups.places import Address, find
from classifier_site.operations.backups.programs import Database, Programs
from classifier_site.operations.backups.restoring import checked, content, entries
from classifier_site.operations.backups.sealing import Opener
from classifier_site.operations.backups.snapshot import Snapshot

# Not those that have expired; backups from before there were any do not have the column.
PICTURES = """
    SELECT file, sha256 FROM predictions_image AS image
    WHERE to_jsonb(image) ->> 'file_deleted_at' IS NULL
"""


@dataclass(frozen=True)
class Checked:
    where: str
    snapshot: Snapshot
    rows: int
    pictures: int  # whose file is in the backup
    files: int
    size: int  # bytes of these


def check(source: Address, opener: Opener, say: Say) -> Checked:
    """Reads all of a backup.

    Raises:
        BackupError: it could not be restored in full, and why.
        OSError: it cannot be read.
    """
    place, name = find(source)
    where = place.where(name)
    with place.locked(alone=False), place.files_of(name) as path:
        snapshot = checked(path, where)
        say(f"Hashing {snapshot.files:,} files")
        hashes, size = {}, 0
        for entry in entries(path, snapshot, opener):
            with content(entry, place, opener):
                hashes[entry.area, entry.name] = entry.sha256
                size += entry.size
        say("Restoring the database into an empty place")
        with empty_database() as (target, programs):
            database.load(target, programs, path, snapshot, opener)
            with database.session(target) as asked, asked.cursor() as cursor:
                counts = database.count_rows(cursor)
                cursor.execute(PICTURES)
                pictures: dict[str, str] = dict(cursor)
    database.compare(counts, snapshot, with_vectors=True)
    for file, sha256 in pictures.items():
        if hashes.get((MEDIA, file)) != sha256 and file not in snapshot.missing + snapshot.damaged:
            raise BackupError(f"The backup does not have the picture {file} as people had sent it.")
    found = len(pictures) - len(snapshot.missing)
    return Checked(where, snapshot, sum(counts.values()), found, len(hashes), size)


@contextmanager
def empty_database() -> Iterator[tuple[Database, Programs]]:
    """A PostgreSQL of its own, which is gone after the `with` block. Raises BackupError."""
    with TemporaryDirectory(prefix="classifier-check-", ignore_cleanup_errors=True) as data:
        servers = Servers(Path(data), valkey=False, durable=False)
        try:
            programs = Programs(postgres_program("pg_restore").parent)
            with servers.running():
                yield Database(servers.database_url), programs
        except StartError as error:
            raise BackupError(f"No empty database can be made to check it in: {error}") from error
