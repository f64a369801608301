"""Drawings of the last thirty days: where the templates put bars and lines."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, NamedTuple

from classifier_site.operations.overview.models import Day
from classifier_site.operations.overview.times import percentile

WIDTH, HEIGHT = 360, 150
LEFT, RIGHT, TOP, BOTTOM = 48, 4, 8, 20  # margins, for what is written there
ACROSS, DOWN = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM


# Of the scale of times: milliseconds, and as people read them, in every language. What is outside
# lies on its edge.
STEPS = {
    1: "1 ms",
    10: "10 ms",
    100: "100 ms",
    1_000: "1 s",
    10_000: "10 s",
    60_000: "1 min",
    600_000: "10 min",
    3_600_000: "1 h",
    36_000_000: "10 h",
    360_000_000: "100 h",
}


class Tick(NamedTuple):
    at: float
    value: float


class Step(NamedTuple):
    at: float
    label: str


class DayTick(NamedTuple):
    x: float
    day: date
    anchor: str  # of SVG's text-anchor


class Bar(NamedTuple):
    """Of one day: two parts, the second above the first."""

    x: float
    width: float
    first_y: float
    first_height: float
    second_y: float
    second_height: float


class Point(NamedTuple):
    x: float
    y: float


@dataclass(frozen=True)
class Chart:
    days: list[DayTick]

    width: ClassVar[int] = WIDTH
    height: ClassVar[int] = HEIGHT
    left: ClassVar[int] = LEFT
    right: ClassVar[int] = WIDTH - RIGHT


@dataclass(frozen=True)
class Bars(Chart):
    ticks: list[Tick]
    bars: list[Bar]


@dataclass(frozen=True)
class Lines(Chart):
    """Each line has a point for each day with a value."""

    steps: list[Step]
    median: list[Point]
    slow: list[Point]


def slots(days: Sequence[date]) -> list[float]:
    """Where each day begins."""
    return [round(LEFT + ACROSS * at / len(days), 1) for at in range(len(days))]


def day_ticks(days: Sequence[date]) -> list[DayTick]:
    middle = len(days) // 2
    return [
        DayTick(LEFT, days[0], "start"),
        DayTick(round(LEFT + ACROSS * (middle + 0.5) / len(days), 1), days[middle], "middle"),
        DayTick(WIDTH - RIGHT, days[-1], "end"),
    ]


def round_up(number: float) -> int:
    """To 2, 4, 6, 8 or 10 of some power of ten, so that the half is a whole number too."""
    power = 10 ** max(0, math.floor(math.log10(max(number, 1))))
    return next(step * power for step in (2, 4, 6, 8, 10) if step * power >= number)


def use_of(days: Sequence[date], found: Sequence[Day]) -> Bars:
    """Predictions of each day: new ones, and above them those whose answer was known."""
    by_day = {each.day: each for each in found}
    top = round_up(max((each.predictions for each in found), default=0))
    width = round(0.8 * ACROSS / len(days), 1)

    def down(number: float) -> float:
        return round(TOP + DOWN * (1 - number / top), 1)

    bars = []
    for x, day in zip(slots(days), days, strict=True):
        if each := by_day.get(day):
            new, all_of_them = down(each.predictions - each.cached), down(each.predictions)
            ground = down(0)
            bars.append(
                Bar(x, width, new, round(ground - new, 1), all_of_them, round(new - all_of_them, 1))
            )
    ticks = [Tick(down(value), value) for value in (0, top // 2, top)]
    return Bars(day_ticks(days), ticks, bars)


def times_of(days: Sequence[date], found: Sequence[Day]) -> Lines | None:
    """From the request to the answer, on a logarithmic scale. None without any."""
    by_day = {each.day: each.times.get("total", {}) for each in found}
    medians, slows = (
        {day: value for day, counts in by_day.items() if (value := percentile(counts, share))}
        for share in (0.5, 0.95)
    )
    if not medians:
        return None
    least, most = edges(min(medians.values()), max(slows.values()))

    def down(milliseconds: float) -> float:
        inside = min(max(milliseconds, least), most)
        return round(TOP + DOWN * math.log(most / inside) / math.log(most / least), 1)

    middle = ACROSS / len(days) / 2

    def line(values: dict[date, float]) -> list[Point]:
        return [
            Point(round(x + middle, 1), down(values[day]))
            for x, day in zip(slots(days), days, strict=True)
            if day in values
        ]

    steps = [Step(down(at), label) for at, label in STEPS.items() if least <= at <= most]
    return Lines(day_ticks(days), steps, line(medians), line(slows))


def edges(least: float, most: float) -> tuple[int, int]:
    """Two different steps, between which these milliseconds lie, or nearly."""
    steps = list(STEPS)
    low = max(bisect_right(steps, least) - 1, 0)
    high = min(bisect_left(steps, most), len(steps) - 1)
    if low == high:
        low, high = max(low - 1, 0), min(high + 1, len(steps) - 1)
    return steps[low], steps[high]
