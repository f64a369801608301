"""Counters of what became of pictures, requests and lost work, as /metrics exports them.

Labels take few values, whatever people send: each pair of them stays in memory for the life of a
process, and in Prometheus for weeks. Those that are known beforehand begin at 0, because a rate
needs a value before the first event, too.
"""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge

# Why a picture was not classified: see predictions/queueing/jobs.py.
FAILURES = ("unreadable", "file", "model", "timeout", "memory", "crashed", "stopped", "other")
# Why a picture was not taken: Refused and NotTaken have one each.
REFUSALS = (
    "not_accepted",
    "too_large",
    "malicious",
    "queue_full",
    "person_queue_full",
    "megapixels",
    "quota",
    "not_stored",
    "not_scanned",
    "no_model",
    "other",
)
# What workers repair: see predictions/queueing/recovery.py and learning/recovery.py.
REPAIRS = (
    "worker_died",
    "picture_requeued",
    "picture_given_up",
    "worker_ended_itself",
    "orphan_deleted",
    "training_worker_died",
    "training_restarted",
)


def beginning_at_zero(counter: Counter, values: Iterable[str]) -> Counter:
    for value in values:
        counter.labels(value)
    return counter


requested_total = beginning_at_zero(
    Counter(
        "ml_predictions",
        "Pictures that were taken: new ones, those whose answer was known already (cached), and "
        "those that wait for somebody else's (waiting).",
        ["answer"],
    ),
    ("new", "cached", "waiting"),
)
refused_total = beginning_at_zero(
    Counter("ml_refused_pictures", "Pictures that were not taken, by reason.", ["reason"]),
    REFUSALS,
)
answers_total = Counter(
    "ml_answers",
    "Answers that workers saved for people, and whether they count as sure.",
    ["classifier", "version", "sure"],
)
failures_total = beginning_at_zero(
    Counter("ml_failures", "Pictures whose classification failed for good.", ["reason"]), FAILURES
)
repairs_total = beginning_at_zero(
    Counter("recovery_actions", "What workers repaired, by kind.", ["action"]), REPAIRS
)
throttled_total = beginning_at_zero(
    Counter("http_throttled_requests", "Requests over a limit, by the limit.", ["limit"]),
    (
        "login",
        "signup",
        "signup-hints",
        "account",
        "read",
        "feedback",
        "export",
        "predict",
        "pictures",
        "megapixels",
    ),
)
verdicts_total = Counter(
    "feedback_verdicts",
    "Feedback by whose answer it is about; said anew, it counts anew.",
    ["classifier", "version", "verdict"],
)
champion_loaded = Gauge(
    "ml_champion_loaded",
    "Whether the worker has loaded the champion of a classifier of the server's: 1 or 0.",
    ["classifier"],
    multiprocess_mode="livemin",
)
