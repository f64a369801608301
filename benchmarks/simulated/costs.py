"""What each step of a picture costs, from what `benchmarks.cells` has measured.

Measured for themselves: inference by threads and size of a batch, decoding, the disk. Fitted by
least squares to the runs of 1, 4 and 8 clients with two workers: what a picture and what a batch
cost each process, in processor time. These workers have a thread each; the time that two threads of
one worker take depends on who else wants the cores. The runs that are predicted are none of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple

import numpy as np

WORKERS, CLIENTS = 2, (1, 4, 8)  # of the runs that are fitted to
# How the web process' time divides around the statement, the job and the wait: the marks of
# docs/performance-notes.md, "Where the time goes": 4.0 ms up to the statement, 1.0 around the job,
# 1.2 from the answer on.
WEB = (0.65, 0.16, 0.19)
# A worker's own bookkeeping before the engine, until who waits is told, and after that; by the same
# marks 1.4, 1.5 and the rest.
WORKER = (0.4, 0.35, 0.25)
RECORD = 0.7  # of a picture's share of PostgreSQL's time; the rest is divided by batches
ENQUEUE = 0.3  # the same of Valkey's


class Cost(NamedTuple):
    """Milliseconds of processor time for a batch, and for each picture in it."""

    batch: float
    picture: float

    def of(self, pictures: int) -> float:
        return self.batch + self.picture * pictures

    def part(self, share: float) -> "Cost":
        return Cost(self.batch * share, self.picture * share)


@dataclass(frozen=True)
class Costs:
    """Milliseconds. Of the client and the web process for each picture."""

    client: float
    web_before: float
    web_enqueue: float
    web_after: float
    record: float  # PostgreSQL's
    running: Cost
    save: Cost
    enqueue: float  # Valkey's
    taken: Cost
    tell: Cost
    decode: float  # the worker's
    inference: Cost  # a slice by one thread
    by_two: Cost  # and by two threads, from its beginning to its end
    begin: Cost
    finish: Cost
    tidy: Cost
    commit: float  # until the disk has a transaction
    flush: float  # until it has a picture's file
    wake: float = 0.0  # until a process that is told something runs
    slice: int = 4  # most pictures that the engine takes at once
    elsewhere: float = 0.0  # a picture's inference, if it does not take these cores

    @property
    def web(self) -> float:
        return self.web_before + self.web_enqueue + self.web_after

    @property
    def postgres(self) -> Cost:
        """Of a batch and its pictures."""
        steps = Cost(0.0, self.record), self.running, self.save
        return Cost(sum(step.batch for step in steps), sum(step.picture for step in steps))


def measured(found: Mapping[str, Any], wake: float = 0.0) -> Costs:
    """By the file that `benchmarks.cells` writes."""
    alone = {how: slice_of(took, found["slice"]) for how, took in found["inference_ms"].items()}
    inference = alone["one thread in each of two processes"]
    return shared_out(
        fitted(found, inference),
        inference,
        # Beside one thread that has the machine for itself, as the two have it.
        by_two=alone["two threads"],
        decode=found["decode_ms"],
        commit=found["flush_ms"]["8000"],
        flush=found["flush_ms"]["87000"],
        size=found["slice"],
        wake=wake,
    )


def slice_of(took: Mapping[str, float], size: int) -> Cost:
    """On a line through the times of one picture and of a full slice."""
    picture = (took[str(size)] - took["1"]) / (size - 1)
    return Cost(took["1"] - picture, picture)


def median_of(found: Mapping[str, Any], workers: int, clients: int) -> dict[str, Any]:
    """Medians of the rounds; of processor times by part."""
    rows = [row for row in found["cells"] if (row["workers"], row["clients"]) == (workers, clients)]
    plain = ("per_second", "p50_ms", "p95_ms", "batch_size", "batches_per_picture")
    cell: dict[str, Any] = {"pictures": rows[0]["pictures"]} | {
        name: median(row[name] for row in rows) for name in plain
    }
    spent = [row["cpu_ms_per_picture"] for row in rows]
    return cell | {"cpu_ms_per_picture": {p: median(each[p] for each in spent) for p in spent[0]}}


def fitted(found: Mapping[str, Any], inference: Cost) -> dict[str, Cost]:
    """Processor time by process; the worker's without decoding and inference."""
    used = [median_of(found, WORKERS, clients) for clients in CLIENTS]
    batches = np.array([cell["batches_per_picture"] for cell in used])
    spent = {
        part: np.array([cell["cpu_ms_per_picture"][part] for cell in used])
        for part in ("client", "web", "postgres", "valkey", "worker")
    }
    sliced = np.array([slices_per_picture(1 / each, found["slice"]) for each in batches])
    spent["worker"] -= found["decode_ms"] + inference.picture + inference.batch * sliced
    found_costs = {part: line(batches, values) for part, values in spent.items()}
    # No batches here; a process that has been idle takes more, so what it takes when it is busy.
    return found_costs | {part: Cost(0.0, float(spent[part][-1])) for part in ("client", "web")}


def slices_per_picture(pictures: float, most: int) -> float:
    return float(np.ceil(pictures / most) / pictures)


def line(batches: np.ndarray, values: np.ndarray) -> Cost:
    """values = picture + batch * batches, neither below zero."""
    columns = np.stack([np.ones_like(batches), batches], axis=1)
    (picture, batch), *_ = np.linalg.lstsq(columns, values, rcond=None)
    if batch < 0 or picture < 0:
        return Cost(0.0, float(values.mean()))
    return Cost(float(batch), float(picture))


def shared_out(
    spent: Mapping[str, Cost],
    inference: Cost,
    *,
    by_two: Cost,
    decode: float,
    commit: float,
    flush: float,
    size: int,
    wake: float,
) -> Costs:
    """Each process' time, divided among its steps."""
    postgres, valkey, worker = spent["postgres"], spent["valkey"], spent["worker"]
    before, enqueue, after = (spent["web"].picture * share for share in WEB)
    begin, finish, tidy = (worker.part(share) for share in WORKER)
    of_batches = Cost(postgres.batch / 2, postgres.picture * (1 - RECORD) / 2)
    of_commands = Cost(valkey.batch / 3, valkey.picture * (1 - ENQUEUE) / 3)
    return Costs(
        client=spent["client"].picture,
        web_before=before,
        web_enqueue=enqueue,
        web_after=after,
        record=postgres.picture * RECORD,
        running=of_batches,
        save=of_batches,
        enqueue=valkey.picture * ENQUEUE,
        taken=of_commands,
        tell=of_commands,
        decode=decode,
        inference=inference,
        by_two=by_two,
        begin=begin,
        finish=finish,
        tidy=tidy,
        commit=commit,
        flush=flush,
        slice=size,
        wake=wake,
    )
