"""A rolling restart under load, as Kubernetes does it with the chart, by processes.

A new process is ready before an old one is told to end, and web processes get no new connections
before they are.
"""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection
from threading import Event, Lock
from typing import Any

import pytest
import requests

from accounts.services import issue_tokens
from predictions.models import Inference
from predictions.queueing.queue import QUEUE_NAMES, get_queue
from tests.conftest import PROJECT
from tests.pictures import picture, shades
from tests.ports import free_port
from tests.predictions.client import send_many, when_finished
from tests.serving import CONFIGURATION, GUNICORN
from tests.workers import RQWORKER

CLIENTS = 6
GRACE = 60  # terminationGracePeriodSeconds


class Pods:
    """Processes of one kind with their ports, those that are ready."""

    def __init__(self, start: Callable[[int], "subprocess.Popen[bytes]"]) -> None:
        self.start = start
        self.ready: dict[int, subprocess.Popen[bytes]] = {}
        self.ended: list[int] = []
        self.lock = Lock()

    def add(self) -> None:
        port = free_port()
        process = self.start(port)
        deadline = time.monotonic() + 120
        while True:
            assert process.poll() is None and time.monotonic() < deadline
            with suppress(requests.ConnectionError):
                if requests.get(f"http://127.0.0.1:{port}/health/live", timeout=30).ok:
                    break
            time.sleep(0.1)
        with self.lock:
            self.ready[port] = process

    def connect(self) -> HTTPConnection:
        """To any that is ready, as kube-proxy does, which hears of an end before the process."""
        with self.lock:
            connection = HTTPConnection("127.0.0.1", random.choice([*self.ready]), timeout=GRACE)
            connection.connect()
        return connection

    def roll(self) -> None:
        """Replaces each by a new one: maxSurge 1, maxUnavailable 0."""
        for port in list(self.ready):
            self.add()
            with self.lock:
                process = self.ready.pop(port)
            # The chart's preStop waits until connections made before are accepted. They are in the
            # order in which they came.
            requests.get(f"http://127.0.0.1:{port}/health/live", timeout=GRACE)
            process.send_signal(signal.SIGTERM)
            self.ended.append(process.wait(timeout=GRACE))

    def kill(self) -> None:
        for process in self.ready.values():
            process.kill()
            process.wait()


@pytest.fixture
def pods(environment: dict[str, str], own_redis: Any) -> Iterator[Callable[..., Pods]]:
    """Processes of a command, for which a variable of this name says the port."""
    started: list[Pods] = []

    def start(command: list[str], port_name: str) -> Pods:
        def start_one(port: int) -> "subprocess.Popen[bytes]":
            variables = {"REDIS_URL": own_redis.redis_url, port_name: str(port)}
            return subprocess.Popen(command, cwd=PROJECT, env={**environment, **variables})

        started.append(Pods(start_one))
        return started[-1]

    yield start
    for each in started:
        each.kill()


def send(web: Pods, token: str, red: int, over: Event) -> list[tuple[int, str]]:
    """One picture after the other, none of which was sent before; what came back."""
    said = []
    for shade in range(256 * 256):
        if over.is_set():
            break
        file = picture((red, *divmod(shade, 256)))
        headers = {"Authorization": f"Bearer {token}"}
        made = requests.Request("POST", "http://site", headers, {"file": file}).prepare()
        with closing(web.connect()) as connection:
            connection.request("POST", "/model/predict", made.body, dict(made.headers))
            answer = connection.getresponse()
            said.append((answer.status, answer.read().decode()))
    return said


def test_no_picture_fails_while_workers_and_web_processes_are_replaced(pods, api, user):
    workers = pods([*RQWORKER, *QUEUE_NAMES], "METRICS_PORT")
    web = pods([*GUNICORN, str(CONFIGURATION)], "PORT")
    bulk = send_many(api, shades(100, red=255))
    token, over = issue_tokens(user).access, Event()
    with ThreadPoolExecutor(CLIENTS + 2) as threads:
        list(threads.map(Pods.add, [workers, web] * 2))
        sending = [threads.submit(send, web, token, red, over) for red in range(CLIENTS)]
        try:
            list(threads.map(Pods.roll, [workers, web]))
        finally:
            over.set()
    said = [each for sent in sending for each in sent.result()]

    assert [each for each in said if each[0] != 200] == []
    assert workers.ended + web.ended == [0] * 4
    while get_queue("bulk").count:
        time.sleep(0.1)
    assert {when_finished(api, address)["status"] for address in bulk} == {"done"}
    inferences = Inference.objects.values_list("status", "attempts")
    assert Counter(inferences) == {("done", 1): len(said) + len(bulk)}
    assert len(said) > 10 * CLIENTS
