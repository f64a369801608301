"""How long pictures took, kept as counts: unlike medians, those of several days can be added.

Steps of time grow by a factor, so that a median or a 95th percentile is right within 1 %, be it
a millisecond or an hour.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

# Those that an answer knows, and from the request to the answer (foundation.observability.timing).
STAGES = ("queue", "decode", "inference", "save", "total")
FACTOR = 1.02
LEAST = 0.01  # milliseconds; what took less counts as this

# Number of pictures by stage and step, as JSON has them.
Times = Mapping[str, Mapping[str, float]]


def added(several: Iterable[Times]) -> dict[str, dict[str, float]]:
    sums: dict[str, Counter[str]] = {}
    for times in several:
        for stage, counts in times.items():
            sums.setdefault(stage, Counter()).update(counts)
    return {stage: dict(counts) for stage, counts in sums.items()}


def percentile(counts: Mapping[str, float], share: float) -> float | None:
    """Milliseconds within which this share of the pictures was done, 0 to 1; None without any."""
    left = share * sum(counts.values())
    for step in sorted(counts, key=int):
        left -= counts[step]
        if left <= 0:
            return float(FACTOR ** int(step))
    return None
