"""The service behind PgBouncer, which lets all share few sessions of PostgreSQL.

    python -m benchmarks.pgbouncer --store /some/folder

First without it. Needs `pgbouncer` (Debian's package) and the bundled model.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measuring import Small, measure
from benchmarks.prepared import Store
from benchmarks.service import PROJECT, free_port, service
from classifier_site.one_machine.privileges import account_for
from classifier_site.one_machine.servers import Servers

MODEL = "efficientnet-lite0"
CLIENTS = (16, 64)
PICTURES = 400
WHO = """
from accounts.models import User
from accounts.services import issue_tokens
user, _ = User.objects.get_or_create(email="bench@example.com", username="bench")
print(issue_tokens(user).access)
"""
CONFIGURATION = """
[databases]
* = host={sockets} port=5432 user={role}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 500
"""


@contextmanager
def pooled(servers: Servers, folder: Path, sessions: int) -> Iterator[str]:
    """The address of the servers' database behind a PgBouncer."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        sys.exit("Install pgbouncer.")
    address, port = urlsplit(servers.database_url), free_port()
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(
        CONFIGURATION.format(
            sockets=servers.run_folder, role=address.username, port=port, sessions=sessions
        )
    )
    account = account_for(folder, servers.run_folder, program=Path(program))
    bouncer = subprocess.Popen([*account.prefix, program, "-q", str(configuration)])
    try:
        time.sleep(1)
        yield f"postgresql://{address.username}@127.0.0.1:{port}{address.path}"
    finally:
        bouncer.kill()
        bouncer.wait()


def token(environment: dict[str, str], data: Path) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", WHO],
        cwd=PROJECT,
        env={**environment, "CLASSIFIER_DATA": str(data)},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip().splitlines()[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", nargs="*", type=int, default=[20, 5, 2])
    parser.add_argument("--store", type=Path, required=True, help="keeps the prepared model")
    asked = parser.parse_args()
    store = Store(asked.store)
    store.prepare(MODEL)
    pictures = Small(None)
    print("| sessions | clients | images/s | p50 ms | p95 ms | errors |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="classifier-bench-") as folder:
        servers = Servers(Path(folder) / "servers")
        data = Path(folder) / "data"
        store.give_to(data)
        with servers.running():
            for sessions in (None, *asked.sessions):
                with ExitStack() as running:
                    url = servers.database_url
                    if sessions:
                        url = running.enter_context(pooled(servers, Path(folder), sessions))
                    environment = {
                        "DATABASE_URL": url,
                        "REDIS_URL": servers.redis_url,
                        "SECRET_KEY": "only-for-a-benchmark-" + "x" * 32,
                        "HTTPS": "0",
                        "CLASSIFIER_MODEL": MODEL,
                    }
                    target = running.enter_context(service(data, **environment))
                    headers = {"Authorization": f"Bearer {token(environment, data)}"}
                    measure(target, "/model/predict", pictures.take(50), 8, headers)
                    for clients in CLIENTS:
                        new = pictures.take(PICTURES)
                        row = measure(target, "/model/predict", new, clients, headers)
                        shown = [row[name] for name in ("per_second", "p50_ms", "p95_ms", "errors")]
                        cells = [sessions or "no PgBouncer", clients, *shown]
                        print("| " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
