"""Predicts what the service does: on this machine, on many machines, and when load changes.

    python -m benchmarks.simulation [cells pinned machines autoscaling] [--measured FILE]

`cells`: 1 and 2 workers, 16 and 64 clients, beside what `benchmarks.cells` has measured.
`pinned`: an engine that sleeps, with 1 to 8 workers, beside what `benchmarks.capacity` has.
`machines`: each part on cores of its own, with more and more pictures a second.
`autoscaling`: workers that KEDA adds and removes while load changes.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks.capacity import CLIENTS, USED
from benchmarks.service import RESULTS
from benchmarks.simulated.autoscaling import Fleet, Rules, simulate
from benchmarks.simulated.costs import WORKERS, Costs, measured, median_of
from benchmarks.simulated.runs import Seen, apart, closed, opened, pinned, this_machine, with_wake
from benchmarks.simulated.service import slices

# Workers and clients: those that were to be predicted. Of the others, two workers with up to eight
# clients were fitted to.
NEW = {(1, 16), (1, 64), (2, 16), (2, 64)}
RATES = (100, 250, 500, 750, 1000, 1500, 2000)  # pictures a second
SECONDS = 10
QUIET, BUSY = 50, 400  # pictures a second, before and after the load changes
JUMPS, FALLS, ENDS = 600, 1800, 3000  # at which second it does
ROOM = 4 * 32  # requests that four web processes let wait
RULES = (
    Rules(waiting=64, rate=None, starts=20),
    Rules(waiting=16, rate=None, starts=20),
    Rules(waiting=8, rate=None, starts=20),
    Rules(waiting=4, rate=None, starts=20),
    Rules(waiting=8, rate=60, starts=20),
    Rules(waiting=8, rate=None, starts=90),
    Rules(waiting=8, rate=60, starts=90),
    Rules(waiting=8, rate=60, starts=90, least=4),
)


class Figures:
    """What was measured, and the costs that follow from it."""

    def __init__(self, cells: Path, capacity: Path) -> None:
        self.found = json.loads(cells.read_text())
        self.capacity = json.loads(capacity.read_text())
        one_client = self.cell(WORKERS, 1)["p50_ms"]
        self.costs = with_wake(measured(self.found), WORKERS, one_client)

    def cell(self, workers: int, clients: int) -> dict[str, Any]:
        return median_of(self.found, workers, clients)


def cells(figures: Figures) -> Iterator[str]:
    for workers, clients in sorted(
        {(row["workers"], row["clients"]) for row in figures.found["cells"]}
    ):
        saw = figures.cell(workers, clients)
        make = this_machine(figures.costs, workers)
        says = closed(make, clients, saw["pictures"])
        known = "" if (workers, clients) in NEW else " (not asked for)"
        yield f"{workers} workers, {clients:2} clients: {beside(saw, says)}{known}"


def beside(saw: dict[str, float], says: Seen) -> str:
    said = {
        "per_second": says.per_second,
        "p50_ms": says.percentile(50),
        "p95_ms": says.percentile(95),
        "batch_size": says.batch_size,
    }
    return ", ".join(
        f"{name} {saw[name]:.1f} → {value:.1f} ({100 * (value / saw[name] - 1):+.0f} %)"
        for name, value in said.items()
        if name in saw
    )


def sleeping(figures: Figures) -> Iterator[str]:
    for row in figures.capacity:
        if row["engine_ms"]:
            says = with_sleep(figures, row)
            yield (
                f"{row['workers']} workers: {beside(row, says)}; the first core "
                f"{100 * row['first_core_busy']:.0f} → {100 * says.busy['web']:.0f} %"
            )


def with_sleep(figures: Figures, row: dict[str, Any]) -> Seen:
    costs = replace(figures.costs, elsewhere=row["engine_ms"], decode=0.0)
    return closed(pinned(costs, row["workers"]), CLIENTS, row["pictures"])


def machines(figures: Figures) -> Iterator[str]:
    costs = figures.costs
    full = 16 / batch_milliseconds(costs, 16) * 1000
    for rate in RATES:
        web = ceil(rate * costs.web / 1000 / USED)
        postgres = ceil(rate * costs.postgres.of(1) / 1000 / USED)
        workers = ceil(rate / full / USED)
        says = opened(apart(costs, web, postgres, workers), rate, SECONDS)
        used = ", ".join(f"{part} {100 * share:.0f} %" for part, share in says.busy.items())
        yield (
            f"{rate:4}/s: {web} web, {postgres} cores of PostgreSQL, {workers} workers: "
            f"{says.per_second:.0f}/s, p50 {says.percentile(50):.0f} ms, "
            f"p95 {says.percentile(95):.0f} ms, p99 {says.percentile(99):.0f} ms; busy: {used}"
        )


def batch_milliseconds(costs: Costs, pictures: int) -> float:
    """What a worker takes on two cores of its own, where it decodes the next batch meanwhile."""
    own = sum(step.of(pictures) for step in (costs.begin, costs.finish, costs.tidy))
    engine = sum(costs.by_two.of(size) for size in slices(pictures, costs.slice))
    return own + engine + costs.decode * pictures / 2


def autoscaling(figures: Figures) -> Iterator[str]:
    costs = figures.costs
    for rules in RULES:
        fleet = simulate(
            rules,
            lambda now: BUSY if JUMPS <= now < FALLS else QUIET,
            ENDS,
            lambda pictures: batch_milliseconds(costs, pictures) / 1000,
            ROOM,
        )
        yield f"{rules}: {outcome(fleet)}"


def outcome(fleet: Fleet) -> str:
    took = sorted(seconds for came, seconds in fleet.took if came >= JUMPS)
    slow = [came for came, seconds in fleet.took if came >= JUMPS and seconds > 1]
    return (
        f"p50 {took[len(took) // 2]:.2f} s, p95 {took[len(took) * 95 // 100]:.2f} s, "
        f"most {took[-1]:.1f} s; {100 * len(slow) / len(took):.1f} % over a second; "
        f"up to {max(number for _, number in fleet.scaled)} workers, "
        f"{fleet.paid_seconds() / 60:.0f} worker minutes, {len(fleet.scaled) - 1} changes"
    )


PARTS = {"cells": cells, "pinned": sleeping, "machines": machines, "autoscaling": autoscaling}


def latest(kind: str) -> Path:
    return max(RESULTS.glob(f"*-{kind}.json"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], default=[])
    parser.add_argument("--measured", type=Path, help="by benchmarks.cells; the last one")
    parser.add_argument("--capacity", type=Path, help="by benchmarks.capacity; the last one")
    asked = parser.parse_args()
    figures = Figures(asked.measured or latest("cells"), asked.capacity or latest("capacity"))
    print(f"Milliseconds: {figures.costs}")
    for name in asked.parts or PARTS:
        print(f"\n{name}")
        for line in PARTS[name](figures):
            print(line, flush=True)


if __name__ == "__main__":
    main()
