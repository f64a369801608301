"""Metrics of each process, for Prometheus.

With PROMETHEUS_MULTIPROC_DIR (prometheus_client's own setting) all processes of one machine
write their metrics into files in that folder, and each of them can report the sum. The folder
should not be on a disk: the files are memory-mapped, and a full disk would crash the process.
"""

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from django.conf import settings
from prometheus_client import REGISTRY, CollectorRegistry, Histogram, Metric, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from foundation.observability.timing import STAGES

logger = logging.getLogger(__name__)

FOLDER = settings.METRICS_FOLDER  # made by now: the first metric looks for it

# Seconds. A statement takes a fraction of a millisecond, a picture in a long queue minutes.
QUERY_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
STAGE_BUCKETS = (*QUERY_BUCKETS, 30, 60, 300)

query_seconds = Histogram(
    "database_query_duration_seconds",
    "Seconds until the database answered a statement.",
    buckets=QUERY_BUCKETS,
)
stage_seconds = Histogram(
    "ml_prediction_duration_seconds",
    "Seconds that a picture spent in a stage; stages of a batch count in full for each picture.",
    ["stage"],
    buckets=STAGE_BUCKETS,
)
batch_size = Histogram(
    "ml_batch_size", "Pictures in one run of the model.", buckets=(1, 2, 4, 8, 16, 32, 64)
)
by_stage = {stage: stage_seconds.labels(stage) for stage in STAGES if stage != "total"}


def observe_stages(milliseconds: Mapping[str, float]) -> None:
    """Counts a picture in each stage that it went through."""
    for stage, histogram in by_stage.items():
        if stage in milliseconds:
            histogram.observe(milliseconds[stage] / 1000)


class Counted(MultiProcessCollector):
    """The sum over all processes that have written to the folder, including exited ones."""

    def collect(self) -> Iterable[Metric]:
        # Empty for a moment when a process starts, or forever if it is killed at that moment.
        files = [path for path in Path(self._path).glob("*.db") if path.stat().st_size]
        return self.merge([str(path) for path in files if not tells_of_the_dead(path)])


def tells_of_the_dead(path: Path) -> bool:
    """Whether a file has gauges that hold while their process runs (`live…`), and it does not."""
    if not path.name.startswith("gauge_live"):
        return False
    try:
        os.kill(int(path.stem.rpartition("_")[2]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it runs under another account
        return False
    return False


def counted() -> CollectorRegistry:
    """The metrics of this process, or of all that share the folder."""
    registry = CollectorRegistry()
    if not FOLDER:
        registry.register(REGISTRY)
    elif FOLDER.is_dir():
        Counted(registry, str(FOLDER))
    else:
        logger.error("The folder of the metrics, %s, was deleted; restart the site.", FOLDER)
    return registry


def serve(port: int, is_alive: Callable[[], bool]) -> None:
    """Serves Prometheus on a separate port, in a thread; for a worker on its own machine.

    `/health/live` on the same port answers 200 or, unless `is_alive()`, 503.

    Raises:
        OSError: the port cannot be used.
    """
    server, _ = start_http_server(port, registry=counted())
    metrics = server.get_app()

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/health/live":
            return metrics(environ, start)  # type: ignore[misc]
        alive = is_alive()
        start("200 OK" if alive else "503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b"alive" if alive else b"hanging"]

    server.set_app(answer)
