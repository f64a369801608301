"""Sends mutants through every door that takes pictures, and looks what becomes of each."""

import re
from collections.abc import Iterator
from random import Random
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any, NamedTuple

import requests

from tests.fuzz.figures import Figures
from tests.fuzz.mutations import Mutant, mutants
from tests.fuzz.service import Person

BULK = 6  # pictures of a bulk request, at most
TRIES = 40  # of a request that is told to come again
SETTLE_SECONDS = 120.0  # after the last answer, until nothing waits any more
# Failures that are no picture's own; see jobs.py and recovery.py.
OUR_FAULT = re.compile("Staff can find the reason|crashed three workers")
PREDICT, BULKY, CARDS = "/model/predict", "/model/predictions", "/history/cards"
# Doors and what is sent along: it waits or not, with what the picture tells or without.
DOORS: tuple[tuple[str, dict[str, str], dict[str, str]], ...] = (
    (PREDICT, {}, {}),
    (PREDICT, {"Prefer": "respond-async"}, {}),
    (BULKY, {}, {}),
    (CARDS, {}, {}),
    (CARDS, {}, {"without_metadata": "on"}),
)
EXPECTED = {PREDICT: (200, 202, 400, 504), BULKY: (202,), CARDS: (201, 400, 413)}


class Shipment(NamedTuple):
    numbers: range
    door: str
    headers: dict[str, str]
    fields: dict[str, str]


def shipments(seed: int, count: int) -> Iterator[Shipment]:
    """The same for the same seed: which mutants go together, and through which door."""
    random, number = Random(seed), 0
    while number < count:
        door, headers, fields = random.choice(DOORS)
        after = min(count, number + (random.randint(2, BULK) if door == BULKY else 1))
        yield Shipment(range(number, after), door, headers, fields)
        number = after


class Sender:
    """One of several people that send at the same time."""

    def __init__(self, person: Person, figures: Figures, seed: int) -> None:
        self.person, self.figures, self.seed = person, figures, seed

    def send(self, shipment: Shipment) -> None:
        sent = mutants(self.seed, shipment.numbers)
        self.figures.latest.extend(sent)
        door = f"POST {shipment.door}"
        try:
            answer = self.patiently(shipment, sent)
        except requests.RequestException as error:
            self.figures.find(f"{door} got no answer: {type(error).__name__}: {error}", sent)
            return
        if answer.status_code not in EXPECTED[shipment.door] and answer.status_code < 500:
            self.figures.find(f"{door} was answered {answer.status_code}: {answer.text}", sent)
        elif answer.status_code == 503:
            self.figures.find(f"{door} was refused {TRIES} times: {answer.text}", sent)
        for id in self.accepted(answer):
            self.figures.accepted.add(id)
            self.look_at(id, sent)

    def patiently(self, shipment: Shipment, sent: list[Mutant]) -> requests.Response:
        """A limit or a full queue is no answer to a picture: it is sent again, as it was told."""
        for _ in range(TRIES):
            answer = self.person.post(
                self.person.site + shipment.door,
                files=[("file", (mutant.file_name, mutant.content)) for mutant in sent],
                data=shipment.fields,
                headers=shipment.headers | self.person.bearer | self.person.csrf(),
                timeout=120,
            )
            self.figures.answered(f"POST {shipment.door}", answer.status_code, answer.text, sent)
            if answer.status_code not in (429, 503):
                break
            sleep(min(5, int(answer.headers.get("Retry-After", 1))))
        return answer

    def accepted(self, answer: requests.Response) -> list[str]:
        """Ids of the predictions; what was refused is counted."""
        said: Any = answer.json() if answer.headers["Content-Type"] == "application/json" else {}
        if isinstance(said, list):  # bulk: each on its own
            ids = [entry["id"] for entry in said if "id" in entry]
            for _ in range(len(said) - len(ids)):
                self.figures.came_to("refused")
            return ids
        if answer.status_code == 201:  # cards, by id
            return list(said)
        if "id" in said:  # also of what could not be decoded, and of what takes longer
            return [said["id"]]
        self.figures.came_to("refused")
        return []

    def look_at(self, id: str, sent: list[Mutant]) -> None:
        """As its page would: at the picture, at its small copy, at the page itself."""
        for path in (f"{BULKY}/{id}/image", f"/history/{id}", f"/history/{id}/thumbnail/240"):
            address = f"{self.person.site}{path}"
            answer = self.person.get(address, headers=self.person.bearer, timeout=60)
            door = "GET " + path.replace(id, "{id}")
            text = "" if "image" in answer.headers.get("Content-Type", "") else answer.text
            self.figures.answered(door, answer.status_code, text, sent)


def send_all(people: list[Person], figures: Figures, seed: int, count: int) -> None:
    """Sends so many mutants, and returns once every answer is there and nothing waits."""
    waiting, lock = shipments(seed, count), Lock()

    def work(person: Person) -> None:
        sender = Sender(person, figures, seed)
        while True:
            with lock:
                shipment = next(waiting, None)
            if shipment is None:
                return
            sender.send(shipment)

    threads = [Thread(target=work, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(people, figures)


def settle(people: list[Person], figures: Figures) -> None:
    """Waits until nothing of theirs waits, and counts how everything ended."""
    deadline = monotonic() + SETTLE_SECONDS
    while (left := unfinished(people)) and monotonic() < deadline:
        sleep(0.5)
    for prediction in left:
        figures.lose(f"{prediction['id']} is {prediction['status']} for ever")
    ended = [prediction for person in people for prediction in history(person)]
    for id in figures.accepted - {prediction["id"] for prediction in ended}:
        figures.lose(f"{id} was accepted and is not there")
    for prediction in ended:
        figures.came_to(prediction["status"])
        if prediction["status"] == "failed" and OUR_FAULT.search(prediction["error"]):
            figures.find(f"{prediction['id']} failed: {prediction['error']}")


def unfinished(people: list[Person]) -> list[dict[str, Any]]:
    waiting = ("queued", "running")
    return [one for person in people for status in waiting for one in history(person, status)]


def history(person: Person, status: str = "") -> Iterator[dict[str, Any]]:
    """All of a person's predictions, page by page."""
    address = f"{person.site}{BULKY}"
    parameters = {"limit": "500"} | ({"status": status} if status else {})
    while address:
        answer = person.get(address, params=parameters, headers=person.bearer, timeout=60)
        answer.raise_for_status()
        yield from answer.json()
        address, parameters = answer.links.get("next", {}).get("url", ""), {}
