"""Similar pictures: how fast they are found, and how many of the nearest the index finds.

    python -m benchmarks.similar [--vectors 100000] [--memory 1GB]

Fills a database of its own with made-up vectors, and prints what searches take, how many of the ten
nearest the index finds, and what the index costs.
"""

import argparse
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import numpy as np

from classifier_site.one_machine.servers import Servers

DIMENSIONS, INNER = 1280, 64  # of features, and of what they vary in
FRESH = 1000  # vectors that are not under the index yet
OWN = 10_000  # pictures of one person
QUERIES = 100
NEAREST = 10
BATCH, BATCHES = 16, 20
NETWORK = "efficientnet-lite0 1 f32"
AT_ONCE = 2000
random = np.random.default_rng(1)
spread = random.normal(0, 1, (INNER, DIMENSIONS)).astype(np.float32)
usual = random.normal(-1, 2, DIMENSIONS).astype(np.float32)


def features(count: int) -> np.ndarray:
    """As a network's: half of them zero, and many together, since pictures vary in less.

    Each picture has a place of its own; there are no classes, which would make it easier.
    """
    what = random.normal(0, 1, (count, INNER)).astype(np.float32)
    noise = random.normal(0, 2, (count, DIMENSIONS)).astype(np.float32)
    return np.maximum(what @ spread / 2 + usual + noise, 0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.similar")
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--memory", default="1GB", help="to build the index with")
    arguments = parser.parse_args()
    with own_database():
        measure(arguments.vectors, arguments.memory)


@contextmanager
def own_database() -> Iterator[None]:
    """An empty database with the service's tables, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="classifier-bench-") as folder:
        servers = Servers(Path(folder), valkey=False, durable=False)
        os.environ |= {
            **servers.environment(),
            "DJANGO_SETTINGS_MODULE": "classifier_site.settings",
            "CLASSIFIER_DATA": folder,
            "SECRET_KEY": "only-for-a-benchmark-" + "x" * 40,
            "REDIS_URL": "redis://localhost",
            "HTTPS": "0",
        }
        with servers.running():
            import django

            django.setup()
            from django.core.management import call_command
            from django.db import connection

            call_command("migrate", verbosity=0)
            yield
            connection.close()


def copy(columns: str, rows: Iterator[str]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {columns} FROM STDIN", io.StringIO("\n".join(rows)))


def fill(first: int, last: int, *, indexed: bool) -> None:
    """Pictures with these ids, and what a network sees in them."""
    from predictions.similar.writing import written

    for start in range(first, last, AT_ONCE):
        ids = range(start, min(start + AT_ONCE, last))
        copy(
            "predictions_image (id, sha256, md5, format, width, height, size, file, created_at)",
            (f"{n}\t{n:064}\t{n:032}\tPNG\t32\t24\t1\timages/{n}.png\t2026-11-30" for n in ids),
        )
        seen = zip(ids, features(len(ids)), strict=True)
        copy(
            "similar_vector (image_id, network, is_indexed, embedding)",
            (f"{n}\t{NETWORK}\t{indexed}\t{written(each.tobytes())}" for n, each in seen),
        )


def measure(vectors: int, memory: str) -> None:
    from predictions.similar import index

    began = perf_counter()
    fill(0, vectors, indexed=True)
    print(f"{vectors:,} vectors made in {perf_counter() - began:.0f} s", flush=True)
    began = perf_counter()
    execute("SELECT set_config('maintenance_work_mem', %s, false)", [memory])
    index.make(NETWORK, DIMENSIONS)
    print(f"Their index is built in {perf_counter() - began:.0f} s", flush=True)
    sizes = "SELECT pg_size_pretty(pg_table_size('similar_vector')), pg_size_pretty({})"
    relation = f"pg_relation_size('{index.name_of(NETWORK)}')"
    [(table_size, index_size)] = execute(sizes.format(relation))
    print(f"The table takes {table_size}, the index {index_size}", flush=True)
    fill(vectors, vectors + FRESH, indexed=False)
    execute("VACUUM ANALYZE")
    measure_queries(vectors)
    measure_adding(vectors + FRESH)


def execute(statement: str, values: Any = None) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def measure_queries(vectors: int) -> None:
    from accounts.models import User
    from predictions.classifiers import Classifier, LabelSet, ModelVersion
    from predictions.models import Inference, Prediction
    from predictions.similar.nearest import nearest

    name, number, precision = NETWORK.split()
    version = ModelVersion.objects.create(
        classifier=Classifier.objects.create(name="imagenet"),
        label_set=LabelSet.objects.create(sha256="", classes=[]),
        name=name,
        version=f"{number}-{precision}",
        precision=precision,
        manifest={"name": name, "version": number, "files": {"": ""}},
    )
    person = User.objects.create_user("ada@example.com", username="Ada")
    ids = [int(n) for n in random.choice(vectors, min(OWN, vectors), replace=False)]
    inferences = Inference.objects.bulk_create(
        Inference(image_id=n, model_version=version, status="done") for n in ids
    )
    Prediction.objects.bulk_create(
        Prediction(user=person, image_id=each.image_id, inference=each, file_name="some.png")
        for each in inferences
    )
    execute("ANALYZE")
    asked = inferences[:QUERIES]
    exactly = {each.pk: exact(each.image_id) for each in asked[: QUERIES // 2]}
    took("exact search among all", lambda each: exact(each.image_id), asked[: QUERIES // 2])
    took("search among all", lambda each: nearest(each, NEAREST), asked)
    took(f"search among {OWN:,} own", lambda each: nearest(each, NEAREST, user_id=person.pk), asked)
    found = {
        each.pk: {near.image_id for near in nearest(each, NEAREST)}
        for each in asked[: QUERIES // 2]
    }
    shares = [len(found[pk] & exactly[pk]) / NEAREST for pk in exactly]
    print(f"recall@{NEAREST}: {np.mean(shares):.3f}, at worst {min(shares):.1f}", flush=True)


def exact(image_id: int) -> set[int]:
    """Without the index, whose expression this is not."""
    found = execute(
        """SELECT image_id FROM similar_vector
        WHERE network = %(network)s AND image_id <> %(image)s ORDER BY embedding <=> (
            SELECT embedding FROM similar_vector
            WHERE image_id = %(image)s AND network = %(network)s)
        LIMIT %(limit)s""",
        {"network": NETWORK, "image": image_id, "limit": NEAREST},
    )
    return {image_id for (image_id,) in found}


def took(what: str, do: Callable[[Any], Any], each: list[Any]) -> None:
    times = []
    for one in each:
        began = perf_counter()
        do(one)
        times.append(1000 * (perf_counter() - began))
    p95 = quantiles(times, n=20)[-1]
    print(f"{what}: p50 {median(times):.1f} ms, p95 {p95:.1f} ms", flush=True)


def measure_adding(first: int) -> None:
    """What sixteen more take, beside the index and under it."""
    for indexed in (False, True):
        last = first + BATCH * BATCHES
        batches = [range(n, n + BATCH) for n in range(first, last, BATCH)]
        where = "under the index" if indexed else "beside it"
        took(
            f"{BATCH} more pictures and vectors {where}",
            lambda ids, indexed=indexed: fill(ids.start, ids.stop, indexed=indexed),
            batches,
        )
        first = last


if __name__ == "__main__":
    main()
