"""The series of `make bench`: which servers are asked, with which pictures, by how many."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import Large, Small, added, measure
from benchmarks.prepared import Store
from benchmarks.service import Running, litserve, service, sign_in

PREDICT = "/model/predict"


@dataclass(frozen=True)
class Series:
    """clients, new: numbers of clients, and how many new pictures each of these runs sends:
    enough for some seconds. repeated: how many are sent again.
    """

    name: str
    clients: Sequence[int]
    new: dict[str, Sequence[int]]
    repeated: int
    warm_up: int
    take_again: int  # different pictures among those that are repeated


SMALL = Series(
    "small",
    (1, 16, 64),
    {"efficientnet-lite0": (120, 400, 400), "resnet50": (40, 120, 120)},
    800,
    20,
    20,
)
# Of the bundled model only, whose recipe reads reduced pictures.
LARGE = Series("large", (1, 16), {"efficientnet-lite0": (30, 96)}, 200, 8, 8)


@contextmanager
def ours(
    store: Store, model: str, precision: str, workers: int
) -> Iterator[tuple[Running, dict[str, str]]]:
    """The service in a folder of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="classifier-bench-") as folder,
        ours_in(Path(folder), store, model, precision, workers) as found,
    ):
        yield found


@contextmanager
def ours_in(
    data: Path, store: Store, model: str, precision: str, workers: int
) -> Iterator[tuple[Running, dict[str, str]]]:
    """The service as `make run` starts it, and the headers of a person who is signed in."""
    cores = len(os.sched_getaffinity(0))
    environment = store.environment(model) | {
        "CLASSIFIER_MODEL": model,
        "CLASSIFIER_PRECISION": precision,
        "CLASSIFIER_THREADS": str(max(1, cores // workers)),
        "WORKERS": str(workers),
    }
    store.give_to(data)
    with service(data, **environment) as running:
        store.take_from(data)
        yield running, sign_in(running.port)


def of_ours(
    series: Series,
    store: Store,
    model: str,
    precision: str,
    workers: int,
    pictures: Small | Large,
) -> list[dict[str, Any]]:
    """New pictures from each number of clients, then some of them again and again."""
    rows = []
    with ours(store, model, precision, workers) as (running, headers):
        measure(running, PREDICT, pictures.take(series.warm_up), 4, headers)
        for clients, many in zip(series.clients, series.new[model], strict=True):
            new = pictures.take(many)
            rows.append({"what": "new"} | measure(running, PREDICT, new, clients, headers))
        for clients in (1, 16):
            again = new[: series.take_again] * (series.repeated // series.take_again)
            measured = measure(running, PREDICT, again, clients, headers)
            rows.append({"what": "repeated"} | measured)
    name = f"this service, {workers} worker{'s' if workers > 1 else ''}"
    about = {"series": series.name, "who": name, "model": model, "precision": precision}
    return [about | measured for measured in rows]


def of_litserve(
    series: Series,
    folder: Path,
    model: str,
    decoding: str,
    batch_size: int,
    workers: int,
    pictures: Small | Large,
) -> list[dict[str, Any]]:
    rows = []
    with litserve(folder, decoding, batch_size, workers) as running:
        measure(running, "/predict", pictures.take(series.warm_up), 4, {})
        for clients, many in zip(series.clients, series.new[model], strict=True):
            measured = measure(running, "/predict", pictures.take(many), clients, {})
            rows.append({"what": "new"} | measured)
    name = f"LitServe, {decoding} decoding, batches of {batch_size}"
    if workers > 1:
        name += f", {workers} workers"
    about = {"series": series.name, "who": name, "model": model, "precision": "f32"}
    return [about | {"decoding": decoding} | measured for measured in rows]


def of_added(store: Store, model: str, precision: str, folder: Path | None) -> list[dict[str, Any]]:
    """What the service adds to inference, see `measuring.added`."""
    pictures = Small(folder)
    with ours(store, model, precision, 1) as (running, headers):
        measure(running, PREDICT, pictures.take(SMALL.warm_up), 4, headers)
        network = store.folder(model, precision)
        found = added(running, headers, pictures, network, precision)
    return [{"series": "added", "model": model, "precision": precision, "added": found}]
