"""A whole service with a database, a data folder and processes of its own, to be destroyed."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2
import requests
from redis import Redis
from requests.adapters import HTTPAdapter

from tests.conftest import PROJECT
from tests.pictures import picture
from tests.ports import free_port
from tests.servers import servers
from tests.serving import CONFIGURATION, GUNICORN
from tests.workers import RQWORKER

NAME = f"destroyed_{os.getpid()}"
PASSWORD = "correct horse battery"
SENDERS = 16  # pictures that one person sends at once


class Installation:
    def __init__(self, folder: Path, models: Path) -> None:
        self.data, self.backups, self.logs = (folder / name for name in ("data", "backups", "logs"))
        self.models, self.media = models, self.data / "media"
        self.url = servers.database_url.rpartition("/")[0] + f"/{NAME}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "REDIS_URL": f"{servers.redis_url}?db=9",
            "CLASSIFIER_DATA": str(self.data),
            "CLASSIFIER_EMBEDDED_DATABASE": "0",
            "CLASSIFIER_THREADS": "1",
            "QUEUE_LIMIT_PER_PERSON": "5000",
        }

    def manage(self, *arguments: str, **variables: str) -> str:
        """What a command prints; it has to succeed."""
        done = self.run(*arguments, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=self.environment | variables,
            capture_output=True,
            text=True,
        )

    def create(self) -> None:
        """An empty database and a data folder with the model, as `prepare` makes them."""
        self.create_database()
        self.data.mkdir()
        shutil.copytree(self.models, self.data / "models")
        self.manage("migrate", "-v0")
        self.manage("prepare_model", "efficientnet-lite0")

    def create_database(self) -> None:
        execute(f"CREATE DATABASE {NAME}")

    def destroy(self) -> None:
        """Everything but the backups."""
        execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        shutil.rmtree(self.data, ignore_errors=True)
        with Redis.from_url(self.environment["REDIS_URL"]) as redis:
            redis.flushdb()

    def rows(self, statement: str) -> list[Any]:
        with psycopg2.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    @contextmanager
    def running(self) -> Iterator[str]:
        """The site, and a worker; its address."""
        self.logs.mkdir(exist_ok=True)
        port = free_port()
        with ExitStack() as running:
            for name, command in (
                ("web", [*GUNICORN, str(CONFIGURATION)]),
                ("worker", [*RQWORKER, "predictions", "bulk"]),
            ):
                log = running.enter_context((self.logs / name).open("wb"))
                process = subprocess.Popen(
                    command,
                    cwd=PROJECT,
                    env=self.environment | {"PORT": str(port)},
                    stdout=log,
                    stderr=log,
                )
                running.callback(process.wait, 60)
                running.callback(process.terminate)
            address = f"http://127.0.0.1:{port}"
            when(lambda: is_healthy(address), self.logs / "web")
            yield address


def is_healthy(address: str) -> bool:
    """Whether the site answers, and a worker listens."""
    with suppress(requests.ConnectionError):
        return requests.get(f"{address}/health", timeout=60).status_code == 200
    return False


def when(happened: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def execute(statement: str) -> None:
    connection = psycopg2.connect(servers.database_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


class Person:
    """Somebody with a program."""

    def __init__(self, address: str, name: str, *, is_new: bool = True) -> None:
        self.address, self.name = address, name
        self.session = requests.Session()
        self.session.mount("http://", HTTPAdapter(pool_maxsize=SENDERS))
        account = {"email": f"{name}@example.com", "password": PASSWORD}
        if is_new:
            self.post("/users", {"username": name, "name": name, **account}, 201)
        found = self.post("/login", {"username": account["email"], "password": PASSWORD}, 200)
        self.session.headers["Authorization"] = f"Bearer {found['access_token']}"

    def post(self, path: str, body: dict[str, Any], status: int) -> Any:
        response = self.session.post(self.address + path, data=body)
        assert response.status_code == status, response.text
        return response.json()

    def send(self, colour: tuple[int, int, int]) -> str:
        """The id of the prediction."""
        file = picture(colour, "-".join(map(str, colour)) + ".png")
        response = self.session.post(
            f"{self.address}/model/predict", files={"file": (file.name, file)}
        )
        assert response.status_code == 200, response.text
        return str(response.json()["id"])

    def send_all(self, colours: list[tuple[int, int, int]]) -> list[str]:
        with ThreadPoolExecutor(SENDERS) as threads:
            return list(threads.map(self.send, colours))

    def get(self, prediction: str, what: str = "") -> requests.Response:
        return self.session.get(f"{self.address}/model/predictions/{prediction}{what}")

    def delete(self, prediction: str) -> None:
        response = self.session.delete(f"{self.address}/model/predictions/{prediction}")
        assert response.status_code in (200, 204), response.text

    def feedback(self, answer: dict[str, Any]) -> None:
        note = {"feedback": "It is not.", "score": 0.5, "predicted_class": "lens_cap"}
        self.post("/feedback", note | {"image_file_name": answer["image_file_name"]}, 201)
