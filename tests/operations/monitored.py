"""A Prometheus that watches a site, a worker and the servers, as deploy/prometheus sets it."""

import json
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import requests
import yaml

from tests.certificates import certificate
from tests.conftest import PROJECT
from tests.operations.programs import find_or_install
from tests.ports import free_port
from tests.servers import servers
from tests.workers import RQWORKER

DEPLOYED = PROJECT / "deploy" / "prometheus"
TOKEN = "0123456789abcdef0123456789abcdef"


class Prometheus:
    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def get(self, path: str, **parameters: Any) -> Any:
        response = requests.get(f"{self.address}/api/v1/{path}", params=parameters, timeout=30)
        answer = response.json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def ask(self, query: str, at: float | None = None) -> list[float]:
        """The values of all series now, or at a time."""
        found = self.get("query", query=query, **({"time": at} if at else {}))["result"]
        return [float(series["value"][1]) for series in found]

    def wait_for(self, query: str, values: list[float], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while (found := self.ask(query)) != values:
            assert time.monotonic() < deadline, (query, found)
            time.sleep(0.1)


class Running:
    """Processes of a test, each with a log of its own."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack

    def start(self, name: str, command: list[str], **variables: str) -> subprocess.Popen[bytes]:
        log = self.stack.enter_context((self.folder / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            command, cwd=PROJECT, env={**os.environ, **variables}, stdout=log, stderr=log
        )
        self.stack.callback(process.wait, 30)
        self.stack.callback(process.terminate)
        return process


@contextmanager
def https_site(folder: Path) -> Iterator[str]:
    """What answers /health/live over HTTPS, as the proxy in front of the site does."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def configure(folder: Path, ports: dict[str, int]) -> Path:
    """deploy/prometheus with these ports in place of compose's hosts, and quicker."""
    shutil.copytree(DEPLOYED, folder)
    # What start.sh writes to /tmp, which tests share.
    for path in (folder / "start.sh", folder / "prometheus.yml"):
        path.write_text(path.read_text().replace("/tmp/", f"{folder}/"))
    path = folder / "prometheus.yml"
    configured = yaml.safe_load(path.read_text())
    configured["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
    # Nothing like cAdvisor can be had as a package.
    jobs = [job for job in configured["scrape_configs"] if job["job_name"] != "containers"]
    configured["scrape_configs"] = jobs
    for job in jobs:
        job.pop("scrape_interval", None)
        name = job["job_name"]
        if name == "site":
            # The exporter keeps half a second of it to itself.
            job.update({"scrape_interval": "2s", "scrape_timeout": "2s"})
            job["relabel_configs"][-1]["replacement"] = f"127.0.0.1:{ports[name]}"
        else:
            job.pop("dns_sd_configs", None)
            job["static_configs"] = [{"targets": [f"127.0.0.1:{ports[name]}"]}]
    path.write_text(yaml.safe_dump(configured))
    return folder


@contextmanager
def monitoring(
    folder: Path, serve: Callable[..., str], environment: dict[str, str]
) -> Iterator[tuple[str, Prometheus]]:
    """A site and a worker with the exporters, and a Prometheus that has scraped them all."""
    names = ("classifier-workers", "site", "postgres", "redis", "prometheus")
    ports = {name: free_port() for name in names}
    # The worker of other tests would take some of the pictures.
    environment = environment | {"REDIS_URL": f"{servers.redis_url}?db=3"}
    site = serve(
        METRICS_TOKEN=TOKEN,
        PROMETHEUS_MULTIPROC_DIR=str(folder / "of-the-site"),
        REDIS_URL=environment["REDIS_URL"],
    )
    ports["classifier"] = int(site.rpartition(":")[2])
    with ExitStack() as stack:
        running = Running(folder, stack)
        public = stack.enter_context(https_site(folder))
        running.start(
            "worker",
            [*RQWORKER, "predictions", "bulk"],
            **environment,
            METRICS_PORT=str(ports["classifier-workers"]),
            PROMETHEUS_MULTIPROC_DIR=str(folder / "of-the-worker"),
        )
        running.start(
            "blackbox",
            [
                find_or_install("prometheus-blackbox-exporter"),
                f"--config.file={DEPLOYED}/blackbox.yml",
                f"--web.listen-address=127.0.0.1:{ports['site']}",
            ],
            SSL_CERT_FILE=str(folder / "localhost.pem"),
        )
        running.start(
            "postgres",
            [
                find_or_install("prometheus-postgres-exporter"),
                f"--web.listen-address=127.0.0.1:{ports['postgres']}",
            ],
            DATA_SOURCE_NAME=f"host={servers.run_folder} user=classifier sslmode=disable "
            "dbname=postgres",
        )
        running.start(
            "redis",
            [
                find_or_install("prometheus-redis-exporter"),
                f"-web.listen-address=127.0.0.1:{ports['redis']}",
            ],
            REDIS_ADDR=f"unix://{servers.run_folder}/valkey.sock",
        )
        find_or_install("prometheus")
        running.start(
            "prometheus",
            [
                "sh",
                str(configure(folder / "configured", ports) / "start.sh"),
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{ports['prometheus']}",
            ],
            METRICS_TOKEN=TOKEN,
            SITE_URL=f"{public}/",
        )
        prometheus = Prometheus(ports["prometheus"])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(requests.ConnectionError, AssertionError, json.JSONDecodeError):
                if sorted(prometheus.ask("up")) == [1.0] * len(ports):
                    break
            time.sleep(0.1)
        else:
            logs = {path.name: path.read_text()[-500:] for path in folder.glob("*.log")}
            raise AssertionError(logs)
        yield site, prometheus
