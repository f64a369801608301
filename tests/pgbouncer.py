"""The real PgBouncer (Debian's) before the tests' PostgreSQL."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from classifier_site.one_machine.privileges import account_for
from tests.installing import apt, install
from tests.kept import one_process
from tests.ports import free_port
from tests.servers import servers

PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin"  # where Debian has it
# No setting helps the service here: with `options` ignored, or a reset query after each
# transaction, less would break.
CONFIGURATION = """
[databases]
* = host={sockets} port=5432 user={role}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
admin_users = {role}
pool_mode = transaction
default_pool_size = {sessions}
query_wait_timeout = 2
"""


class PgBouncer:
    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, database: str) -> str:
        role = urlsplit(servers.database_url).username
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def tell(self, command: str) -> None:
        """A command of its console, as PAUSE."""
        console = psycopg2.connect(self.url("pgbouncer"))
        console.autocommit = True
        with console.cursor() as cursor:
            cursor.execute(command)
        console.close()


def program() -> str:
    with one_process("installing"):
        if shutil.which("pgbouncer", path=PATH) is None:
            install("The tests need PgBouncer", apt("pgbouncer"))
    found = shutil.which("pgbouncer", path=PATH)
    assert found, "Install Debian's package `pgbouncer`, so that it is on PATH."
    return found


@contextmanager
def running(folder: Path, *, sessions: int) -> Iterator[PgBouncer]:
    """In transaction mode, with so many sessions of PostgreSQL for all clients."""
    bouncer = PgBouncer(free_port())
    account = account_for(folder, servers.run_folder, program=Path(program()))
    configuration, log = folder / "pgbouncer.ini", folder / "pgbouncer.log"
    configuration.write_text(
        CONFIGURATION.format(
            sockets=servers.run_folder,
            role=urlsplit(servers.database_url).username,
            port=bouncer.port,
            sessions=sessions,
        )
    )
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*account.prefix, program(), str(configuration)], stdout=said, stderr=said
        )
    try:
        deadline = time.monotonic() + 30
        while "process up" not in log.read_text():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield bouncer
    finally:
        process.kill()
        process.wait()
