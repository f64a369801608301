"""PostgreSQL's own programs, of the same major version as the server."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.db import connection
from psycopg2.extensions import make_dsn

from classifier_site import environment
from classifier_site.one_machine.data_folder import StartError
from classifier_site.one_machine.wheels import postgres_program
from classifier_site.operations.backups.errors import BackupError

# Where Debian, Red Hat and Homebrew put each version, beside the one that is on the PATH.
PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class Database:
    """Where the programs connect. The password is not in their arguments, which all can see."""

    dsn: str
    password: str = ""

    @classmethod
    def of_the_service(cls) -> "Database":
        parameters = connection.get_connection_params()
        password = parameters.pop("password", "") or ""
        for ours in ("cursor_factory", "context", "prepare_threshold"):
            parameters.pop(ours, None)
        return cls(make_dsn(**parameters), password)


class Programs:
    """pg_dump, pg_restore and psql."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of_version(cls, major: int) -> "Programs":
        """Raises BackupError."""
        found = dict(installed())
        for folder, version in found.items():
            if version == major:
                return cls(folder)
        others = ", ".join(f"{version} in {folder}" for folder, version in found.items())
        raise BackupError(
            f"The database is PostgreSQL {major}, and pg_dump and pg_restore of that version are "
            f"not installed (found: {others or 'none'}). Install them; on Debian and Ubuntu the "
            f"package is postgresql-client-{major}."
        )

    @contextmanager
    def running(
        self, name: str, *arguments: str, password: str = "", **pipes: Any
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Runs a program for a `with` block, which feeds or reads its pipes.

        Raises BackupError with its last words if it fails.
        """
        kept = {
            key: value
            for key, value in environment.process.items()
            if key in {"PATH", "HOME"} or key.startswith("PG")
        }
        with TemporaryFile() as complaints:
            process = subprocess.Popen(  # noqa: S603
                [str(self.folder / name), *arguments],
                stderr=complaints,
                env={**kept, "LC_ALL": "C"} | ({"PGPASSWORD": password} if password else {}),
                **pipes,
            )
            try:
                yield process
                close(process.stdin)
            except (BrokenPipeError, BackupError):
                # If it has ended by itself, its own reason is the first, and what fed it followed.
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=1)
                if not process.returncode:
                    raise
            else:
                process.wait()
            finally:
                process.kill()  # unless it has ended
                with suppress(BrokenPipeError):
                    close(process.stdin)
                close(process.stdout)
                process.wait()
            if process.returncode:
                complaints.seek(0)
                lines = complaints.read().decode(errors="replace").strip().splitlines()
                errors = [line for line in lines if "ERROR" in line or "error" in line]
                reason = (errors or lines or [f"status {process.returncode}"])[0]
                raise BackupError(f"{name} failed: {reason}")

    def output(self, name: str, *arguments: str) -> str:
        """Raises BackupError."""
        with self.running(name, *arguments, stdout=subprocess.PIPE) as process:
            assert process.stdout  # noqa: S101
            return process.stdout.read().decode()

    @contextmanager
    def writing(self, name: str, *arguments: str, database: Database) -> Iterator[IO[bytes]]:
        """What a program writes about a database. Raises BackupError."""
        with self.running(
            name,
            *arguments,
            f"--dbname={database.dsn}",
            password=database.password,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout  # noqa: S101
            yield process.stdout


def close(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        pipe.close()


def installed() -> Iterator[tuple[Path, int]]:
    """Folders with pg_dump, and its major version."""
    candidates = [path for pattern in PLACES for path in sorted(Path("/").glob(pattern[1:]))]
    if on_path := shutil.which("pg_dump", path=environment.process.get("PATH")):
        candidates.insert(0, Path(on_path).parent)
    with suppress(StartError):
        candidates.insert(0, postgres_program("pg_dump").parent)
    for folder in candidates:
        with suppress(OSError):
            answer = subprocess.run(  # noqa: S603
                [str(folder / "pg_dump"), "--version"], capture_output=True, text=True
            )
            if version := re.search(r"\(PostgreSQL\) (\d+)", answer.stdout):
                yield folder, int(version[1])


def major_version() -> int:
    """Of the service's server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        [major] = cursor.fetchone()
    return int(major)
