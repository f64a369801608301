"""Two Redis servers, of which one follows the other, and three Sentinels that watch them.

All speak TLS only, with one certificate for `localhost`, and ask for passwords. The service is the
servers' user `classifier`, who may do what docs/operations.md says.
"""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from tests.certificates import certificate
from tests.operations.programs import find_or_install
from tests.ports import free_port

PROJECT = Path(__file__).parent.parent
NAME = "classifier"
OF_SERVERS, OF_SENTINELS, OF_REPLICAS = "pass/word", "said-to-sentinels", "said-to-replicas"


def documented_rights() -> str:
    """What docs/operations.md gives the user of a managed server."""
    text = (PROJECT / "docs" / "operations.md").read_text()
    found = re.search(r"^ACL SETUSER classifier on '>PASSWORD' (.+)$", text, re.M)
    assert found
    return found[1]


class Group:
    """redis_url: as operators write it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.certificate = certificate(folder)
        self.servers = {free_port(): None for _ in range(2)}
        self.sentinels = {free_port(): None for _ in range(3)}
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        primary, replica = self.servers
        self.start_server(primary)
        self.start_server(replica, f"replicaof localhost {primary}")
        self.until(lambda: self.ask(primary).info("replication")["connected_slaves"] == 1)
        for port in self.sentinels:
            self.start_sentinel(port, primary)
        for port in self.sentinels:
            self.until(lambda port=port: self.ask(port).sentinel_ckquorum(NAME) is not None)

    @property
    def redis_url(self) -> str:
        hosts = ",".join(f"localhost:{port}" for port in self.sentinels)
        return (
            f"rediss+sentinel://classifier:pass%2Fword@{hosts}/0?master={NAME}"
            f"&sentinel_password={OF_SENTINELS}&ssl_ca_certs={self.certificate}"
        )

    def tls(self, port: int) -> list[str]:
        path = self.certificate
        return [
            "port 0",
            f"tls-port {port}",
            f"tls-cert-file {path}",
            f"tls-key-file {path}",
            f"tls-ca-cert-file {path}",
            "tls-auth-clients no",
            "tls-replication yes",
            "bind 127.0.0.1",
        ]

    def start_server(self, port: int, *further: str) -> None:
        folder = self.folder / str(port)
        folder.mkdir(exist_ok=True)
        lines = [
            *self.tls(port),
            f"dir {folder}",
            "appendonly yes",
            'save ""',
            "maxmemory 64mb",
            "maxmemory-policy noeviction",
            "replica-announce-ip localhost",
            "repl-diskless-sync-delay 0",
            f"user default on >{OF_REPLICAS} ~* &* +@all",
            f"user classifier on >{OF_SERVERS} {documented_rights()}",
            f"masterauth {OF_REPLICAS}",
            *further,
        ]
        self.run(port, folder / "redis.conf", lines)

    def start_sentinel(self, port: int, primary: int) -> None:
        folder = self.folder / str(port)
        folder.mkdir(exist_ok=True)
        lines = [
            *self.tls(port),
            f"dir {folder}",
            f"requirepass {OF_SENTINELS}",
            f"sentinel sentinel-pass {OF_SENTINELS}",
            # A certificate names hosts, so that Sentinels must not name addresses.
            "sentinel resolve-hostnames yes",
            "sentinel announce-hostnames yes",
            "sentinel announce-ip localhost",
            f"sentinel monitor {NAME} localhost {primary} 2",
            f"sentinel auth-pass {NAME} {OF_REPLICAS}",
            f"sentinel down-after-milliseconds {NAME} 1000",
            f"sentinel failover-timeout {NAME} 5000",
        ]
        self.run(port, folder / "sentinel.conf", lines, "--sentinel")

    def run(self, port: int, configuration: Path, lines: list[str], *options: str) -> None:
        if not configuration.exists():  # both kinds write to it what they have learnt
            configuration.write_text("\n".join(lines) + "\n")
        with configuration.with_suffix(".log").open("ab") as log:
            process = subprocess.Popen(
                [find_or_install("redis-server"), str(configuration), *options],
                stdout=log,
                stderr=log,
            )
        self.processes[port] = process
        self.stack.callback(process.wait, 30)
        self.stack.callback(process.kill)
        self.until(lambda: self.ask(port).ping())

    def ask(self, port: int) -> Redis:
        password = OF_SENTINELS if port in self.sentinels else OF_REPLICAS
        redis: Redis = Redis(
            "localhost", port, password=password, ssl=True, ssl_ca_certs=str(self.certificate)
        )
        return redis

    def primary(self) -> int:
        """The port of the server that Sentinels name."""
        found: Any = self.ask(next(iter(self.sentinels))).sentinel_get_master_addr_by_name(NAME)
        return int(found[1])

    def kill(self, port: int) -> None:
        """As a power cut does."""
        self.processes[port].kill()
        self.processes[port].wait()

    @staticmethod
    def until(true: Any) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                if true():
                    return
            except RedisError:
                if time.monotonic() > deadline:
                    raise
            assert time.monotonic() < deadline
            time.sleep(0.05)


@contextmanager
def group(folder: Path) -> Iterator[Group]:
    with ExitStack() as stack:
        yield Group(folder, stack)
