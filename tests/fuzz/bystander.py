"""Somebody who sends photographs of their own all the time, and is to notice nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Thread
from time import monotonic

import requests

from benchmarks.pictures import draw
from tests.fuzz.figures import Figures
from tests.fuzz.service import Person

EVERY = 1.0  # seconds between an answer and the next photograph
# A batch of the worst pictures that are let in, on two cores that others use as well.
PATIENCE = 15.0


@dataclass
class Bystander:
    person: Person
    figures: Figures
    waits: list[float] = field(default_factory=list)  # seconds, by photograph

    def send(self, number: int) -> None:
        photograph = ("photograph.jpg", draw(number))
        began = monotonic()
        try:
            answer = self.person.post(
                f"{self.person.site}/model/predict",
                files={"file": photograph},
                headers=self.person.bearer,
                timeout=90,
            )
        except requests.RequestException as error:
            self.figures.find(f"An innocent photograph got no answer: {error}")
            return
        self.waits.append(monotonic() - began)
        self.figures.answered("POST /model/predict (bystander)", answer.status_code, answer.text)
        if answer.status_code != 200:
            self.figures.find(
                f"An innocent photograph was answered {answer.status_code} "
                f"after {self.waits[-1]:.1f} s: {answer.text[:200]}"
            )
        elif self.waits[-1] > PATIENCE:
            self.figures.find(f"An innocent photograph waited {self.waits[-1]:.1f} s")


@contextmanager
def sending(person: Person, figures: Figures) -> Iterator[Bystander]:
    """Until the end of the `with` block."""
    bystander, over = Bystander(person, figures), Event()

    def send_all() -> None:
        for number in count(1_000_000):
            if over.wait(EVERY):
                return
            bystander.send(number)

    thread = Thread(target=send_all)
    thread.start()
    try:
        yield bystander
    finally:
        over.set()
        thread.join()
