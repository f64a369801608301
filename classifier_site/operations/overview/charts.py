"""Drawings of the last thirty days: where the templates put bars and lines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, NamedTuple

from classifier_site.operations.overview.models import Day
from classifier_site.operations.overview.times import percentile

WIDTH, HEIGHT = 360, 150
LEFT, RIGHT, TOP, BOTTOM = 48, 4, 8, 20  # margins, for what is written there
ACROSS, DOWN = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM


class Tick(NamedTuple):
    at: float
    value: float


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
    ticks: list[Tick]
    days: list[DayTick]

    width: ClassVar[int] = WIDTH
    height: ClassVar[int] = HEIGHT
    left: ClassVar[int] = LEFT
    right: ClassVar[int] = WIDTH - RIGHT


@dataclass(frozen=True)
class Bars(Chart):
    bars: list[Bar]


@dataclass(frozen=True)
class Lines(Chart):
    """Each line has a point for each day with a value."""

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
    return Bars(ticks, day_ticks(days), bars)


def times_of(days: Sequence[date], found: Sequence[Day]) -> Lines | None:
    """From the request to the answer; steps of the scale are powers of ten. None without any."""
    by_day = {each.day: each.times.get("total", {}) for each in found}
    medians, slows = (
        {day: value for day, counts in by_day.items() if (value := percentile(counts, share))}
        for share in (0.5, 0.95)
    )
    if not medians:
        return None
    least = math.floor(math.log10(min(medians.values())))
    most = max(math.ceil(math.log10(max(slows.values()))), least + 1)

    def down(milliseconds: float) -> float:
        return round(TOP + DOWN * (most - math.log10(milliseconds)) / (most - least), 1)

    middle = ACROSS / len(days) / 2

    def line(values: dict[date, float]) -> list[Point]:
        return [
            Point(round(x + middle, 1), down(values[day]))
            for x, day in zip(slots(days), days, strict=True)
            if day in values
        ]

    ticks = [Tick(down(10.0**power), 10.0**power) for power in range(least, most + 1)]
    return Lines(ticks, day_ticks(days), line(medians), line(slows))
