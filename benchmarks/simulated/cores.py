"""Processor cores, shared as a kernel shares them: everybody gets a slice in turn."""

import random
from collections.abc import Generator
from dataclasses import dataclass
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

    def run_together(self, one: float, threads: int, all_of_them: float) -> Steps:
        """A computation that takes one thread, or all of these together, so many milliseconds.

        They take pieces of it until none is left, as OpenVINO's do, so that one whose core is taken
        holds up nobody.
        """
        pool = Pool(self.drawn(one))
        if threads == 1:
            yield from self.compute(pool.left)
        elif one:
            speed = one / all_of_them / threads
            parts = [self.env.process(self.take_pieces(pool, speed)) for _ in range(threads)]
            yield self.env.all_of(parts)

    def take_pieces(self, pool: "Pool", speed: float) -> Steps:
        """speed: of each thread while others run, too."""
        while pool.left > 0:
            with self.free.request() as turn:
                yield turn
                pool.running += 1
                now = speed if pool.running > 1 else 1.0
                part = min(max(pool.left, 0.0) / now, SLICE)
                pool.left -= part * now
                yield self.env.timeout(part)
                pool.running -= 1
            self.busy += part

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


@dataclass
class Pool:
    """What is left of a computation, in one thread's milliseconds, and how many are at it."""

    left: float
    running: int = 0
