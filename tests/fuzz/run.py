"""A whole run: mutants and API requests against one service, watched, and what came of it."""

import os
import platform
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from benchmarks.service import Running
from tests.fuzz import api, bystander, memory, pictures
from tests.fuzz.figures import Figures
from tests.fuzz.service import Person, tracebacks

SENDERS = 4


@dataclass
class Report:
    seed: int
    mutations: int
    figures: Figures
    memory: memory.Memory
    waits: list[float]  # seconds, of the bystander's photographs
    seconds: float

    def __str__(self) -> str:
        peaks, now = self.memory.peaks, self.memory.now
        rows = {
            "seed": self.seed,
            "API requests (schemathesis)": self.figures.schemathesis.total(),
            "mutations": self.mutations,
            "requests with pictures": self.figures.statuses.total(),
            "pictures": told(self.figures.outcomes),
            "answers": told(self.figures.by_status()),
            "5xx but 503 and 504": self.figures.server_errors,
            "lost": self.figures.lost,
            "innocent photographs": len(self.waits),
            "slowest of them, s": f"{max(self.waits, default=0):.1f}",
            "worker, MB: most, at the end": f"{peaks['worker']:.0f}, {now['worker']:.0f}",
            "workers that ended": len(self.memory.processes["worker"]) - 1,
            "web, MB: most, at the end": f"{peaks['web']:.0f}, {now['web']:.0f}",
            "seconds": round(self.seconds),
            "machine": machine(),
        }
        lines = [f"| {name} | {value} |" for name, value in rows.items()]
        return "\n".join(["| | |", "|---|---|", *lines])


def run(running: Running, log: Path, seed: int, mutations: int, requests: int) -> Report:
    """Mutants first, with somebody innocent beside them; then what /schema lets one send."""
    figures, began = Figures(), monotonic()
    people = [Person(running, f"mallory{number}@example.com") for number in range(SENDERS)]
    with memory.watched(running, figures.latest) as watched:
        with bystander.sending(Person(running, "ada@example.com"), figures) as ada:
            pictures.send_all(people, figures, seed, mutations)
            if requests:
                api.fuzz(running, figures, seed, requests, log.parent)
        if not memory.fallen_back(watched):
            figures.find(f"The worker keeps {watched.now['worker']:.0f} MB when nothing waits")
    for part, suspects in watched.suspects.items():
        peak, most = watched.peaks[part], memory.CEILINGS[part]
        said = f"{part} had {peak:.0f} MB resident, and {most:.0f} are allowed; sent last were"
        figures.find(said, suspects)
    for traceback in tracebacks(log):
        figures.find(traceback)
    return Report(seed, mutations, figures, watched, ada.waits, monotonic() - began)


def told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


def machine() -> str:
    """Its processor, how many of its cores are ours, and the Python."""
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    processor = found[1] if found else platform.machine()
    cores = len(os.sched_getaffinity(0))
    return f"{processor}, {cores} cores, Python {platform.python_version()}"
