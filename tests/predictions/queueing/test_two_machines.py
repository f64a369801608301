"""Two machines with a bucket between them, of which half is killed while 1,000 pictures are sent.

Each machine has a site, a worker and a data folder of its own, empty at first. They share
PostgreSQL, Redis and the bucket with pictures and models. Their hostname is one, so a dead worker
is noticed by its missing process, instead of 40 seconds later by its silence (test_worker.py).
"""

import io
import os
import re
import signal
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from hashlib import sha256
from itertools import count
from threading import Lock

import numpy as np
import pytest
import requests
from django.core.management import call_command
from PIL import Image as Pillow
from redis import Redis
from rq import SimpleWorker

from accounts.services import issue_tokens
from predictions.models import Image, Inference, Prediction
from predictions.queueing.queue import QUEUE_NAMES
from tests.conftest import PROJECT
from tests.ports import free_port
from tests.s3_server import put_in_s3
from tests.servers import servers
from tests.serving import CONFIGURATION, GUNICORN
from tests.workers import RQWORKER

PICTURES, CLIENTS = 1000, 16
KILLED_AFTER = {"site": 300, "worker": 500}  # answers
PATIENCE = 300  # seconds, on a machine that is busy


class Machine:
    """A site and a worker, as two processes of one data folder."""

    def __init__(self, folder, environment, static):
        self.folder, self.port = folder, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **environment,
            "CLASSIFIER_DATA": str(folder),
            "CLASSIFIER_THREADS": "1",
            "STATIC_ROOT": str(static),
            "PORT": str(self.port),
        }
        folder.mkdir()
        self.processes = {
            "worker": self.start("worker", [*RQWORKER, *QUEUE_NAMES]),
            "site": self.start("site", [*GUNICORN, str(CONFIGURATION)]),
        }

    def start(self, name, command):
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                command,
                cwd=PROJECT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name):
        """As when the power fails: gunicorn's processes at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes[name].wait(timeout=30)

    def kill_worker_with_pictures_in_hand(self):
        worker = self.processes["worker"]
        with Redis.from_url(self.environment["REDIS_URL"]) as redis:
            while True:
                os.killpg(worker.pid, signal.SIGSTOP)
                [itself] = [each for each in SimpleWorker.all(redis) if each.pid == worker.pid]
                if itself.get_current_executions():
                    break
                os.killpg(worker.pid, signal.SIGCONT)
                time.sleep(0.01)
        self.kill("worker")

    def wait_until_it_runs(self):
        deadline = time.monotonic() + PATIENCE
        while not self.runs():
            assert time.monotonic() < deadline, self.logs()
            assert all(each.poll() is None for each in self.processes.values()), self.logs()
            time.sleep(0.1)

    def runs(self):
        with suppress(requests.ConnectionError):
            requests.get(f"{self.address}/health/live", timeout=60)
            return "Listening on " in (self.folder / "worker.log").read_text()
        return False

    def logs(self, name="*"):
        return "\n".join(log.read_text() for log in self.folder.glob(f"{name}.log"))


@pytest.fixture
def machines(
    transactional_db, model, environment, s3_server, s3_prefix, s3_credentials, settings, tmp_path
):
    put_in_s3(settings, s3_server.url(s3_prefix))
    call_command("prepare_model", "efficientnet-lite0", verbosity=0)
    shared = {
        **environment,
        **{name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")},
        "MEDIA_URL": s3_server.url(s3_prefix),
        "REDIS_URL": f"{servers.redis_url}?db=5",  # workers of other tests have folders
    }
    with ExitStack() as running:
        redis = running.enter_context(Redis.from_url(shared["REDIS_URL"]))
        running.callback(redis.flushdb)
        both = []
        for name in ("one", "two"):
            machine = Machine(tmp_path / name, shared, settings.STATIC_ROOT)
            running.callback(machine.kill, "site")
            running.callback(machine.kill, "worker")
            both.append(machine)
        for machine in both:
            machine.wait_until_it_runs()
        yield both


class Sender:
    """Clients that send each picture until it is answered, behind a proxy with two sites."""

    def __init__(self, addresses, token, after):
        """after: what happens after so many answers."""
        self.addresses, self.after = addresses, after
        self.headers = {"Authorization": f"Bearer {token}"}
        self.answers, self.errors, self.lock = {}, Counter(), Lock()
        self.deadline = time.monotonic() + PATIENCE

    def send_all(self, pictures):
        with ThreadPoolExecutor(CLIENTS) as clients:
            for done in clients.map(self.send, count(), pictures):
                assert done is None

    def send(self, number, content):
        name = f"{number}.jpeg"
        for attempt in count(number):
            assert time.monotonic() < self.deadline, self.errors
            try:
                answer = self.ask(self.addresses[attempt % 2], name, content)
            except requests.RequestException as error:
                wrong = type(error).__name__
            else:
                if answer.get("prediction"):
                    with self.lock:
                        self.answers[name] = answer
                        event = self.after.get(len(self.answers))
                    if event:
                        event()
                    return
                wrong = answer.get("code") or answer["status"]
            with self.lock:
                self.errors[wrong] += 1
            time.sleep(0.1)

    def ask(self, address, name, content):
        """Sends a picture, and looks for its answer where the site says that it will be."""
        answer = requests.post(
            f"{address}/model/predict",
            files={"file": (name, content, "image/jpeg")},
            headers=self.headers,
            timeout=60,
        )
        said = answer.json()
        if place := answer.headers.get("Location"):
            while said.get("status", "queued") in ("queued", "running", 504):
                assert time.monotonic() < self.deadline, said
                time.sleep(0.2)
                answer = requests.get(f"{address}{place}", headers=self.headers, timeout=60)
                said = answer.json()
        return said


def pictures():
    """Small and all different, of coloured squares that the model sees many things in."""
    random = np.random.default_rng(26)
    for squares in random.integers(0, 256, (PICTURES, 6, 6, 3), np.uint8):
        content = io.BytesIO()
        Pillow.fromarray(squares).resize((96, 96), Pillow.Resampling.NEAREST).save(content, "JPEG")
        yield content.getvalue()


def test_half_of_two_machines_can_die_and_no_picture_is_lost(machines, user, s3_server, s3_prefix):
    one, two = machines
    sent = list(pictures())
    sender = Sender(
        [one.address, two.address],
        issue_tokens(user).access,
        {
            KILLED_AFTER["site"]: lambda: one.kill("site"),
            KILLED_AFTER["worker"]: two.kill_worker_with_pictures_in_hand,
        },
    )
    sender.send_all(sent)

    # Each client has the answer to its own picture, as the database has it.
    assert len(sender.answers) == PICTURES, sender.errors
    done = Inference.objects.filter(status=Inference.Status.DONE).select_related("image")
    by_content = {inference.image.sha256: inference for inference in done}
    for number, content in enumerate(sent):
        answer = sender.answers[f"{number}.jpeg"]
        saved = by_content[sha256(content).hexdigest()]
        assert (answer["prediction"], answer["score"]) == (saved.label, round(saved.score, 4))
    # Each picture is there once, asked once, and answered.
    assert Image.objects.count() == Inference.objects.count() == len(by_content) == PICTURES
    # A request of which only the answer was lost is a second line in the history.
    sent_again = sum(sender.errors.values())
    assert PICTURES <= Prediction.objects.count() <= PICTURES + sent_again
    assert set(Prediction.objects.values_list("inference__status", flat=True)) == {"done"}
    # Each picture is in the bucket; the site that died may have left some that no row names.
    objects = {name for name in s3_server.names(s3_prefix) if name.startswith("images/")}
    files = set(Image.objects.values_list("file", flat=True))
    assert files <= objects and len(objects) <= PICTURES + CLIENTS
    # Nothing is on a machine alone.
    assert not list(one.folder.glob("media/**/*")) and not list(two.folder.glob("media/**/*"))
    assert sender.errors  # of those who were connected to the site that died
    assert re.search(r"died with [1-9]\d* jobs in hand", one.logs("worker"))
    assert len({each["score"] for each in sender.answers.values()}) > PICTURES / 10
