"""Clients at a simulated service, and what they see."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from statistics import mean

from simpy import Environment

from benchmarks.simulated.cores import Cores, Steps
from benchmarks.simulated.costs import Costs
from benchmarks.simulated.service import Machine, Service

# Of a computation, as a part of its mean. Not measured: with it, the 95th percentiles of 4 and 8
# clients are about those that were seen.
SPREAD = 0.3


@dataclass(frozen=True)
class Seen:
    """Latencies in milliseconds, sorted."""

    per_second: float
    latencies: list[float]
    batch_size: float  # as a picture meets it
    busy: dict[str, float]  # of each part's cores, from 0 to 1

    def percentile(self, percent: float) -> float:
        return self.latencies[
            min(len(self.latencies) - 1, int(len(self.latencies) * percent / 100))
        ]


Make = Callable[[Environment], Machine]


def this_machine(costs: Costs, workers: int) -> Make:
    """All on the same two cores, which the workers divide for inference."""

    def make(env: Environment) -> Machine:
        both = Cores(env, 2, SPREAD)
        return Machine(
            env,
            costs,
            web=[both],
            postgres=both,
            valkey=both,
            workers=[both] * workers,
            clients=both,
            threads=max(1, 2 // workers),
        )

    return make


def pinned(costs: Costs, workers: int) -> Make:
    """As `benchmarks.capacity` has it: a core for the first three, another for the others."""

    def make(env: Environment) -> Machine:
        first, second = Cores(env, 1, SPREAD), Cores(env, 1, SPREAD, seed=1)
        return Machine(
            env,
            costs,
            web=[first],
            postgres=first,
            valkey=first,
            workers=[second] * workers,
            clients=second,
        )

    return make


def apart(costs: Costs, web: int, postgres: int, workers: int) -> Make:
    """Machines of their own: a core for each web process, two for each worker, one for Valkey."""

    def make(env: Environment) -> Machine:
        seeds = count()
        return Machine(
            env,
            costs,
            web=[Cores(env, 1, SPREAD, next(seeds)) for _ in range(web)],
            postgres=Cores(env, postgres, SPREAD, next(seeds)),
            valkey=Cores(env, 1, SPREAD, next(seeds)),
            workers=[Cores(env, 2, SPREAD, next(seeds)) for _ in range(workers)],
            clients=Cores(env, 1),
            threads=2,
        )

    return make


def closed(make: Make, clients: int, pictures: int) -> Seen:
    """Each client sends its next picture when it has the answer to the last one."""
    env = Environment()
    machine = make(env)
    service = Service(machine)
    left, took = iter(range(pictures)), []

    def client(number: int) -> Steps:
        web = service.web[number % len(service.web)]
        for _ in left:
            yield from machine.clients.run(machine.costs.client / 2)
            began = env.now
            yield from web.answer()
            took.append(env.now - began)
            yield from machine.clients.run(machine.costs.client / 2)

    env.run(env.all_of([env.process(client(number)) for number in range(clients)]))
    return seen(pictures / env.now * 1000, took, machine)


def seen(per_second: float, took: list[float], machine: Machine) -> Seen:
    sizes = machine.batches
    return Seen(
        per_second, sorted(took), sum(size**2 for size in sizes) / sum(sizes), machine.busy()
    )


def opened(make: Make, rate: float, seconds: float, seed: int = 0) -> Seen:
    """Pictures come as a Poisson process, whoever waits already; the first tenth is not counted."""
    env = Environment()
    machine = make(env)
    service = Service(machine)
    chance, took = random.Random(seed), []

    def request(number: int) -> Steps:
        began = env.now
        yield from service.web[number % len(service.web)].answer()
        if began > 100 * seconds:
            took.append(env.now - began)

    def arrivals() -> Steps:
        number = 0
        while env.now < 1000 * seconds:
            yield env.timeout(chance.expovariate(rate / 1000))
            env.process(request(number))
            number += 1

    env.process(arrivals())
    env.run(1000 * seconds)
    return seen(len(took) / (0.9 * seconds), took, machine)


def with_wake(costs: Costs, workers: int, p50: float) -> Costs:
    """What one client waits beyond everybody's computations, as delays of being woken.

    The only cost that is neither measured nor in the processes' accounts: by bisection, so that
    one client waits for p50 milliseconds.
    """
    low, high = 0.0, 2.0
    for _ in range(12):
        wake = mean((low, high))
        found = closed(this_machine(replace(costs, wake=wake), workers), 1, 100).percentile(50)
        low, high = (wake, high) if found < p50 else (low, wake)
    return replace(costs, wake=wake)
