"""A site, a worker and S3 as processes: what is accepted is answered, whatever S3 does."""

import os
import time

import pytest
import requests

from accounts.services import issue_tokens
from predictions.models import Image, Inference
from tests.pictures import IMAGES, shades
from tests.s3_server import SITE, S3Server

COFFEE = ("coffee.png", (IMAGES / "coffee.png").read_bytes())


@pytest.fixture
def own_s3(tmp_path):
    """One that the test may kill."""
    server = S3Server(tmp_path / "s3")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def variables(own_s3, own_redis):
    """Of the site and the worker, which have no folder for pictures."""
    return {"MEDIA_URL": own_s3.url("site"), "MEDIA_ROOT": "/proc/nowhere", **SITE}


@pytest.fixture
def site(serve, own_redis, variables, user):
    """Sends requests of the user to it."""
    address = serve(REDIS_URL=own_redis.redis_url, THROTTLE_PREDICT="", **variables)
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}

    def ask(method, path, *pictures):
        files = [("file", picture) for picture in pictures]
        return requests.request(method, address + path, headers=headers, files=files, timeout=60)

    return ask


def wait_until(is_so):
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, list(Inference.objects.values("status", "error"))
        time.sleep(0.1)


def test_what_is_accepted_is_answered(site, variables, own_s3, start_worker, tmp_path):
    many = [(file.name, file.read()) for file in shades(20)]
    accepted = site("POST", "/model/predictions", *many)
    assert [entry["status"] for entry in accepted.json()] == ["queued"] * 20
    assert len(own_s3.names("site")) == 20

    own_s3.kill()
    refused = site("POST", "/model/predict", COFFEE)
    assert (refused.status_code, refused.json()["code"]) == (503, "not_stored")
    assert Image.objects.count() == 20

    worker = start_worker(**variables)
    log = b""
    os.set_blocking(worker.stdout.fileno(), False)
    deadline = time.monotonic() + 60
    while log.count(b"Waiting for the storage") < 1:
        assert worker.poll() is None and time.monotonic() < deadline, log.decode()
        log += worker.stdout.read() or b""
        time.sleep(0.1)
    own_s3.start()
    os.set_blocking(worker.stdout.fileno(), True)
    wait_until(lambda: Inference.objects.filter(status="done").count() == 20)
    more, _ = worker.communicate(timeout=60)
    assert worker.returncode == 0, (log + more).decode()

    queued = site("POST", "/model/predictions", COFFEE).json()[0]
    start_worker(**variables).communicate(timeout=60)
    assert site("GET", queued["url"]).json()["status"] == "done"
    assert site("GET", f"{queued['url']}/image").content == COFFEE[1]
