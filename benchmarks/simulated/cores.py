"""Processor cores, shared as a kernel shares them: everybody gets a slice in turn."""

import random
from collections.abc import Generator
from typing import Any

from simpy import Environment, Event, Resource

Steps = Generator[Event, Any, None]

# Milliseconds that one runs while others wait. Linux' scheduler slices by 1.4 to 3 on two cores;
# who was woken runs sooner than in turn, which shorter slices stand for.
SLICE = 1.0


class Cores:
    """spread: the standard deviation of computations as a part of their mean (a gamma
    distribution); 0 if each takes exactly as long.
    """

    def __init__(self, env: Environment, number: int, spread: float = 0.0, seed: int = 0) -> None:
        self.env = env
        self.number = number
        self.spread = spread
        self.chance = random.Random(seed)
        self.free = Resource(env, number)
        self.busy = 0.0  # milliseconds of all cores together

    def run(self, milliseconds: float) -> Steps:
        """One thread's computation, of so long in the mean."""
        yield from self.compute(self.drawn(milliseconds))

    def run_together(self, milliseconds: float, threads: int) -> Steps:
        """Threads that divide a computation and go on when all have done their parts.

        Each takes so long in the mean, as long as the others.
        """
        took = self.drawn(milliseconds)
        if threads == 1:
            yield from self.compute(took)
        else:
            parts = [self.env.process(self.compute(took)) for _ in range(threads)]
            yield self.env.all_of(parts)

    def drawn(self, mean: float) -> float:
        if not self.spread or not mean:
            return mean
        shape = self.spread**-2
        return self.chance.gammavariate(shape, mean / shape)

    def compute(self, milliseconds: float) -> Steps:
        while milliseconds > 0:
            with self.free.request() as turn:
                yield turn
                part = min(milliseconds, SLICE)
                yield self.env.timeout(part)
            self.busy += part
            milliseconds -= part
