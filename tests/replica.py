"""A real replica of the tests' PostgreSQL, to which it streams."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psutil
import psycopg2

from classifier_site.one_machine.privileges import account_for
from classifier_site.one_machine.wheels import postgres_program
from tests.servers import servers

ROLE = urlsplit(servers.database_url).username


class Replica:
    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder / "data", folder / "log"
        self.account = account_for(
            folder, servers.run_folder, program=postgres_program("pg_basebackup")
        )
        self.account.own(folder)
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql://{ROLE}@{quote(str(servers.run_folder), safe='')}:5433/{database}"

    def copy(self) -> None:
        sockets = ["-h", str(servers.run_folder), "-p", "5432", "-U", str(ROLE)]
        options = ["-R", "-X", "stream", "--checkpoint=fast", "--no-sync"]
        self.run("pg_basebackup", "-D", str(self.folder), *sockets, *options).check_returncode()

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [*self.account.prefix, str(postgres_program(program)), *arguments]
        return subprocess.run(command, cwd="/", env=servers.process_environment())

    def start(self) -> None:
        """And returns when it answers."""
        settings = {
            "listen_addresses": "",
            "port": "5433",
            "unix_socket_directories": f'"{servers.run_folder}"',
            "max_connections": str(servers._connections()),  # not fewer than the primary's
            "fsync": "off",
        }
        options = [word for item in settings.items() for word in ("-c", "=".join(item))]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *self.account.prefix,
                    str(postgres_program("postgres")),
                    "-D",
                    str(self.folder),
                    *options,
                ],
                stdout=log,
                stderr=log,
                cwd="/",
                env=servers.process_environment(),
            )
        deadline = time.monotonic() + 60
        while b"ready to accept read-only connections" not in self.log.read_bytes():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        """At once, as if its machine were gone."""
        if self.process is not None:
            self.run("pg_ctl", "stop", "-D", str(self.folder), "-m", "immediate", "-s")
            self.process.wait()
            self.process = None

    def ask(self, statement: str) -> Any:
        with closing(psycopg2.connect(self.url("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchone()[0]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It gets what the primary writes, and shows none of it."""
        self.ask("SELECT pg_wal_replay_pause()")
        while self.ask("SELECT pg_get_wal_replay_pause_state()") != "paused":
            time.sleep(0.01)
        try:
            yield
        finally:
            self.ask("SELECT pg_wal_replay_resume()")

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """None of its processes runs; what is sent to it is acknowledged by the kernel."""
        assert self.process is not None
        server = psutil.Process(self.process.pid)
        server.suspend()  # first, so that it neither starts nor buries one of the others
        processes = [server]
        try:
            for child in server.children(recursive=True):
                child.suspend()
                processes.append(child)
            yield
        finally:
            for process in processes:
                process.resume()

    def arrive(self) -> None:
        """What has been committed by now, without being shown."""
        self.wait_for("pg_last_wal_receive_lsn()")

    def catch_up(self) -> None:
        """With all that has been committed by now."""
        self.wait_for("pg_last_wal_replay_lsn()")

    def wait_for(self, arrived: str) -> None:
        with closing(psycopg2.connect(servers.database_url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                # A commit that is waited for takes along those that were not.
                cursor.execute("SET synchronous_commit = on")
                cursor.execute("SELECT pg_logical_emit_message(true, 'tests', 'now')")
                cursor.execute("SELECT pg_current_wal_lsn()")
                [position] = cursor.fetchone() or [None]
        deadline = time.monotonic() + 60
        while not self.ask(f"SELECT {arrived} >= '{position}'"):
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)


@contextmanager
def running(folder: Path) -> Iterator[Replica]:
    replica = Replica(folder)
    replica.copy()
    replica.start()
    try:
        yield replica
    finally:
        replica.stop()
        shutil.rmtree(replica.folder, ignore_errors=True)
