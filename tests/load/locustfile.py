"""People at work, for `make load`: the predecessor's traffic, and clients that never pause.

Every picture is another one: a repeated picture is answered from the database, without a worker.
"""

import itertools
import os
import sys
from typing import Any

import requests
from locust import HttpUser, between, constant, events, task

from benchmarks.pictures import draw

EMAIL = os.environ.get("LOAD_EMAIL", "admin@example.com")
PASSWORD = os.environ.get("LOAD_PASSWORD", "admin")
# Far from the numbers that benchmarks draw, and another stretch for each run.
numbers = itertools.count(int.from_bytes(os.urandom(4)) + 10**9)
token: dict[str, str] = {}


@events.test_start.add_listener
def sign_in(environment: Any, **kwargs: Any) -> None:
    """Once for all of them: they come from one address, which may not sign in a hundred times."""
    answer = requests.post(
        f"{environment.host}/login", data={"username": EMAIL, "password": PASSWORD}, timeout=30
    )
    if answer.status_code != 200:
        sys.exit(f"Nobody could sign in as {EMAIL}: {answer.text}")
    token["Authorization"] = f"Bearer {answer.json()['access_token']}"


class SignedIn(HttpUser):
    abstract = True

    def predict(self) -> Any:
        picture = ("picture.jpeg", draw(next(numbers)), "image/jpeg")
        return self.client.post("/model/predict", files={"file": picture}, headers=token)


class Visitor(SignedIn):
    """As the predecessor's load test had it: three pictures to one look at the docs."""

    wait_time = between(1, 5)
    weight = 9

    @task(3)
    def send_picture(self) -> None:
        self.predict()

    @task(1)
    def look_at_docs(self) -> None:
        self.client.get("/docs")


class Impatient(SignedIn):
    """Sends the next picture as soon as the last one is answered."""

    wait_time = constant(0)
    weight = 1

    @task
    def send_picture(self) -> None:
        self.predict()
