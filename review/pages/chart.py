"""How often a version was right, week by week, as a drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from predictions.templatetags.labels import percent
from review.accuracy import Tally

WIDTH, HEIGHT = 480, 200
LEFT, RIGHT, TOP, BOTTOM = 54, 24, 10, 28  # margins
DATES = 5  # at most so many below the drawing


class Point(NamedTuple):
    x: float
    y: float
    top: float  # of the interval
    bottom: float
    week: str  # empty for most, where there are many


class Tick(NamedTuple):
    y: float
    percent: int


@dataclass(frozen=True)
class Chart:
    points: list[Point]
    ticks: list[Tick]
    line: str  # for <polyline points>
    says: str

    width: ClassVar[int] = WIDTH
    height: ClassVar[int] = HEIGHT
    left: ClassVar[int] = LEFT
    right: ClassVar[int] = WIDTH - RIGHT

    @classmethod
    def of(cls, tallies: Sequence[Tally]) -> "Chart | None":
        """tallies: of weeks, the latest first. None for fewer than two weeks with labels."""
        weeks = [
            (tally.week, top_1)
            for tally in reversed(tallies)
            if tally.week and (top_1 := tally.top_1)
        ]
        if len(weeks) < 2:
            return None
        first, last = weeks[0][0], weeks[-1][0]
        floor = int(min(top_1.low for _week, top_1 in weeks) * 5) / 5

        def down(share: float) -> float:
            return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share) / (1 - floor), 1)

        each = -(-len(weeks) // DATES)
        points = [
            Point(
                round(LEFT + 12 + (WIDTH - LEFT - RIGHT - 12) * (week - first) / (last - first), 1),
                down(top_1.share),
                down(top_1.high),
                down(top_1.low),
                "" if at % each else day(week),
            )
            for at, (week, top_1) in enumerate(weeks)
        ]
        step = 0.1 if floor >= 0.6 else 0.2
        ticks = [
            Tick(down(share), round(100 * share))
            for number in range(6)
            if (share := round(1 - step * number, 2)) >= floor
        ]
        shares = [top_1.share for _week, top_1 in weeks]
        says = _(
            "Share of right answers from the week of %(first)s to that of %(last)s: between "
            "%(least)s and %(most)s, in the last week %(now)s."
        ) % {
            "first": day(first),
            "last": day(last),
            "least": percent(min(shares)),
            "most": percent(max(shares)),
            "now": percent(shares[-1]),
        }
        return cls(points, ticks, " ".join(f"{one.x},{one.y}" for one in points), says)


def day(week: object) -> str:
    """Its Monday: `30 Nov.`"""
    return date_format(week, "j N")  # type: ignore[arg-type]
