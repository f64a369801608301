"""The learning curve: what more pictures would bring, in a sentence and as a drawing."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from django.utils.translation import gettext as _

from predictions.templatetags.labels import percent

WIDTH, HEIGHT = 480, 220  # of the drawing
LEFT, RIGHT, TOP, BOTTOM = 54, 12, 10, 28  # its margins
FLAT = 0.01  # a rise by less from one point to the next is not worth more pictures


class Point(NamedTuple):
    x: float
    y: float
    pictures: int
    accuracy: float
    low: float
    high: float


class Tick(NamedTuple):
    y: float
    percent: int


@dataclass(frozen=True)
class Curve:
    points: list[Point]
    ticks: list[Tick]
    line: str  # for <polyline points>
    band: str  # for <polygon points>
    says: str

    width: ClassVar[int] = WIDTH
    height: ClassVar[int] = HEIGHT
    left: ClassVar[int] = LEFT
    right: ClassVar[int] = WIDTH - RIGHT

    @classmethod
    def of(cls, figures: dict[str, Any]) -> "Curve | None":
        """None for fewer than two points."""
        given = figures.get("curve") or []
        if len(given) < 2:
            return None
        least = min(one["low"] for one in given)
        floor = max(0.0, int(least * 10) / 10)
        most = max(one["pictures"] for one in given)

        def across(pictures: float) -> float:
            return round(LEFT + (WIDTH - LEFT - RIGHT) * pictures / most, 1)

        def down(share: float) -> float:
            return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share) / (1 - floor or 1), 1)

        points = [
            Point(
                across(one["pictures"]),
                down(one["accuracy"]),
                one["pictures"],
                one["accuracy"],
                one["low"],
                one["high"],
            )
            for one in given
        ]
        step = 0.1 if floor >= 0.5 else 0.2
        ticks = [
            Tick(down(share), round(100 * share))
            for number in range(6)
            if (share := round(1 - step * number, 2)) >= floor
        ]
        above = [f"{one.x},{down(one.high)}" for one in points]
        below = [f"{one.x},{down(one.low)}" for one in reversed(points)]
        return cls(
            points,
            ticks,
            " ".join(f"{one.x},{one.y}" for one in points),
            " ".join(above + below),
            sentence(points),
        )


def sentence(points: list[Point]) -> str:
    before, last = points[-2:]
    values = {
        "before": percent(before.accuracy),
        "last": percent(last.accuracy),
        "fewer": before.pictures,
        "pictures": last.pictures,
    }
    if last.accuracy - before.accuracy >= FLAT:
        return (
            _(
                "With %(fewer)d pictures a class it was right on %(before)s, and with %(pictures)d "
                "on %(last)s: more pictures will probably make it better."
            )
            % values
        )
    return (
        _(
            "With %(fewer)d pictures a class it was right on %(before)s, and with %(pictures)d on "
            "%(last)s: more pictures of the same kind will probably change little."
        )
        % values
    )
