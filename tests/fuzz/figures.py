"""What a run saw: counted, and what must not be."""

import re
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from tests.fuzz.mutations import Mutant

FOLDER = Path("fuzz-findings")  # pictures with which something went wrong
STACK_TRACE = re.compile(r"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+")
# A full queue, a worker that was lost or takes its time: described, and with a way on.
DESCRIBED = ("503", "504")


@dataclass
class Figures:
    statuses: Counter[str] = field(default_factory=Counter)  # "POST /model/predict 400"
    schemathesis: Counter[str] = field(default_factory=Counter)  # the same, of its requests
    outcomes: Counter[str] = field(default_factory=Counter)  # of pictures: refused, done, failed
    findings: list[str] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)  # ids
    # What was sent last: should memory run over now, it is one of these.
    latest: deque[Mutant] = field(default_factory=lambda: deque(maxlen=12))
    lost: int = 0
    lock: Lock = field(default_factory=Lock)

    def answered(self, door: str, status: int, body: str, sent: Iterable[Mutant] = ()) -> None:
        """Counts an answer; a finding if it is an error that is not described, or says too much."""
        with self.lock:
            self.statuses[f"{door} {status}"] += 1
        if status >= 500 and str(status) not in DESCRIBED:
            self.find(f"{door} was answered {status}: {body[:300]}", sent)
        if STACK_TRACE.search(body):
            self.find(f"{door} was answered with a stack trace: {body[:500]}", sent)

    def came_to(self, outcome: str) -> None:
        with self.lock:
            self.outcomes[outcome] += 1

    def find(self, what: str, sent: Iterable[Mutant] = ()) -> None:
        """Notes what must not be, and keeps the pictures it happened with."""
        with self.lock:
            for mutant in sent:
                what += f"\n    {mutant.name}"
                FOLDER.mkdir(exist_ok=True)
                number = mutant.name.partition(":")[0]
                (FOLDER / f"{number}-{mutant.file_name}").write_bytes(mutant.content)
            self.findings.append(what)

    def lose(self, what: str) -> None:
        self.lost += 1
        self.find(what)

    def by_status(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for answer, count in [*self.statuses.items(), *self.schemathesis.items()]:
            found[answer[-3:]] += count
        return found

    @property
    def server_errors(self) -> int:
        return sum(
            count
            for status, count in self.by_status().items()
            if status[0] == "5" and status not in DESCRIBED
        )
