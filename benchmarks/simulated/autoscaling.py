"""Workers that Kubernetes adds and removes by the length of the queue, as KEDA has it do.

KEDA asks Redis for the length and hands it to a HorizontalPodAutoscaler, whose algorithm this is
(kubernetes.io, "Horizontal Pod Autoscaling"): every 15 seconds it wants ceil(metric / target) pods
for each trigger, unless that is within a tenth of what there is, and takes the largest. Downwards
it takes the largest number wanted in the last 300 seconds. Policies limit both ways; these are the
chart's (deploy/helm/classifier). KEDA's own interval and cooldown are for the step between none and
one.
"""

import math
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from simpy import Environment, Event

from benchmarks.simulated.cores import Steps

SYNC, WINDOW, TOLERANCE = 15.0, 300.0, 0.1  # of the HPA; seconds, but the last
POLLING, COOLDOWN = 10.0, 300.0  # seconds; of KEDA
# Pods are doubled, or two are added, in so many seconds; one is taken away.
FACTOR, MORE, UP_SECONDS = 2, 2, 30.0
FEWER, DOWN_SECONDS = 1, 60.0


@dataclass(frozen=True)
class Rules:
    """waiting: pictures in the list for each worker. rate: pictures a second for each, or None if
    only the list counts. starts: seconds until a new pod works. rate_seconds: what the rate is
    a mean of, as Prometheus' `rate` is.
    """

    waiting: int
    rate: float | None
    starts: float
    least: int = 1
    most: int = 50
    rate_seconds: float = 60.0


@dataclass
class Fleet:
    """Workers of one queue; `batch_seconds` says how long one takes for so many pictures.

    room: requests that the web processes let wait at once; who comes after them waits outside of
    the list, where nobody counts them.
    """

    env: Environment
    rules: Rules
    batch_seconds: Callable[[int], float]
    room: float = math.inf
    batch_size: int = 16
    waiting: deque[float] = field(default_factory=deque)  # when they came
    outside: deque[float] = field(default_factory=deque)
    in_hand: int = 0
    took: list[tuple[float, float]] = field(default_factory=list)  # when it came, seconds
    wanted: int = 0
    scaled: list[tuple[float, int]] = field(default_factory=list)  # when, to how many
    began: dict[int, float] = field(default_factory=dict)  # of pods that exist, by their numbers
    pod_seconds: float = 0.0  # of those that have ended
    arrivals: deque[float] = field(default_factory=deque)
    listening: deque[Event] = field(default_factory=deque)

    def come(self) -> None:
        self.arrivals.append(self.env.now)
        if len(self.waiting) + self.in_hand < self.room:
            self.enqueue(self.env.now)
        else:
            self.outside.append(self.env.now)

    def enqueue(self, came: float) -> None:
        self.waiting.append(came)
        if self.listening:
            self.listening.popleft().succeed()

    def scale(self, number: int) -> None:
        if number == self.wanted:
            return
        starts = self.rules.starts if self.env.now else 0.0
        self.wanted = number
        self.scaled.append((self.env.now, number))
        for pod in range(number):
            if pod not in self.began:
                self.began[pod] = self.env.now
                self.env.process(self.work(pod, starts))
        while self.listening:  # those that are too many end
            self.listening.popleft().succeed()

    def work(self, pod: int, starts: float) -> Steps:
        """One worker, until it is one too many: batch by batch, whatever waits."""
        yield self.env.timeout(starts)
        while pod < self.wanted:
            if not self.waiting:
                heard = self.env.event()
                self.listening.append(heard)
                yield heard
                continue
            batch = [self.waiting.popleft() for _ in range(min(self.batch_size, len(self.waiting)))]
            self.in_hand += len(batch)
            yield self.env.timeout(self.batch_seconds(len(batch)))
            self.in_hand -= len(batch)
            self.took += [(came, self.env.now - came) for came in batch]
            while self.outside and len(self.waiting) + self.in_hand < self.room:
                self.enqueue(self.outside.popleft())
        self.pod_seconds += self.env.now - self.began.pop(pod)

    def paid_seconds(self) -> float:
        """Of all pods, from their beginning."""
        return self.pod_seconds + sum(self.env.now - began for began in self.began.values())

    def autoscale(self) -> Steps:
        self.scale(self.rules.least)
        wants: deque[tuple[float, int]] = deque()
        active = self.env.now
        while True:
            if self.wanted == 0:
                yield self.env.timeout(POLLING)
                if self.waiting:
                    self.scale(1)
                    active = self.env.now
                continue
            yield self.env.timeout(SYNC)
            want = self.want()
            wants.append((self.env.now, want))
            while wants[0][0] < self.env.now - WINDOW:
                wants.popleft()
            if self.waiting:
                active = self.env.now
            steady = max(number for _, number in wants)
            if self.rules.least == 0 and self.env.now - active >= COOLDOWN:
                self.scale(0)
            elif want > self.wanted:
                self.scale(max(self.wanted, min(want, self.rules.most, self.fastest())))
            elif steady < self.wanted:
                self.scale(min(self.wanted, max(1, self.rules.least, steady, self.slowest())))

    def fastest(self) -> int:
        before = self.wanted - sum(change for change in self.changes(UP_SECONDS) if change > 0)
        return max(FACTOR * before, before + MORE)

    def slowest(self) -> int:
        before = self.wanted - sum(change for change in self.changes(DOWN_SECONDS) if change < 0)
        return before - FEWER

    def changes(self, seconds: float) -> Iterator[int]:
        """By how many the pods became more or fewer in the last so many seconds."""
        for (_, before), (when, number) in pairwise(self.scaled):
            if when > self.env.now - seconds:
                yield number - before

    def want(self) -> int:
        """The most that any trigger asks for."""
        return max(1, *(self.pods_for(value, target) for value, target in self.triggers()))

    def triggers(self) -> list[tuple[float, float]]:
        found = [(float(len(self.waiting)), float(self.rules.waiting))]
        if self.rules.rate:
            while self.arrivals and self.arrivals[0] < self.env.now - self.rules.rate_seconds:
                self.arrivals.popleft()
            found.append((len(self.arrivals) / self.rules.rate_seconds, self.rules.rate))
        return found

    def pods_for(self, value: float, target: float) -> int:
        if abs(value / (target * self.wanted) - 1) <= TOLERANCE:
            return self.wanted
        return math.ceil(value / target)


def poisson(fleet: Fleet, rate: Callable[[float], float], seed: int = 0) -> Steps:
    """rate: pictures a second at a second of the run."""
    chance = random.Random(seed)
    while True:
        yield fleet.env.timeout(chance.expovariate(rate(fleet.env.now)))
        fleet.come()


def simulate(
    rules: Rules,
    rate: Callable[[float], float],
    seconds: float,
    batch_seconds: Callable[[int], float],
    room: float = math.inf,
) -> Fleet:
    env = Environment()
    fleet = Fleet(env, rules, batch_seconds, room)
    env.process(fleet.autoscale())
    env.process(poisson(fleet, rate))
    env.run(seconds)
    return fleet
