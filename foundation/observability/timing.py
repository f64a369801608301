"""Times the stages of a request for its Server-Timing header."""

from collections.abc import Mapping
from time import perf_counter

STAGES = ("validate", "store", "queue", "decode", "inference", "save", "total")


class Stopwatch:
    """Milliseconds from lap to lap."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self.began = self.lap_began = perf_counter()

    def lap(self, name: str) -> None:
        now = perf_counter()
        self.laps[name] = round((now - self.lap_began) * 1000, 2)
        self.lap_began = now

    def total(self) -> float:
        return round((perf_counter() - self.began) * 1000, 2)


def server_timing(milliseconds: Mapping[str, float]) -> str:
    """The header (W3C Server Timing) of the stages that took place, in order."""
    return ", ".join(
        f"{stage};dur={milliseconds[stage]}" for stage in STAGES if stage in milliseconds
    )


def milliseconds_since(began: float) -> float:
    return round((perf_counter() - began) * 1000, 2)
