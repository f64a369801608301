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

DIMENSIONS, INNER = 1280, 24  # of features, and of what they vary in
FRESH = 1000  # vectors that are not under the index yet
OWN = 10_000  # pictures of one person
QUERIES, EXACT = 100, 50  # searches; those that are also done without the index
NEAREST = 10
BATCH, BATCHES = 16, 20
NETWORK = "efficientnet-lite0 1 f32"
AT_ONCE = 2000
random = np.random.default_rng(1)
spread = random.normal(0, 1, (INNER, DIMENSIONS)).astype(np.float32)
usual = random.normal(-2, 2, DIMENSIONS).astype(np.float32)


def features(count: int) -> np.ndarray:
    """Made up so that 150 are as alike as the photographs of docs/performance.md.

    The cosine of two is 0.32 at the median (photographs: 0.29), that of the nearest 0.58 (0.60), of
    the fifth 0.51 (0.51). Pictures around each vary in 11 dimensions (photographs: 9), which is a
    little harder for the index.
    """
    what = random.normal(0, 1, (count, INNER)).astype(np.float32)
    noise = random.normal(0, 1, (count, DIMENSIONS)).astype(np.float32)
    return np.maximum(0.7 * what @ spread + usual + noise, 0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.similar")
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--memory", default="1GB", help="to build the index with")
    arguments = parser.parse_args()
    with own_database():
        measure(arguments.vectors, arguments.memory)


@contextmanager
def own_database(*, durable: bool = False) -> Iterator[None]:
    """An empty database with the service's tables, which is gone afterwards.

    durable: what is committed is on the disk, as in a service.
    """
    with tempfile.TemporaryDirectory(prefix="classifier-bench-") as folder:
        servers = Servers(Path(folder), valkey=False, durable=durable)
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


def copy_pictures(ids: range) -> None:
    copy(
        "predictions_image (id, sha256, md5, format, width, height, size, file, created_at)",
        (f"{n}\t{n:064}\t{n:032}\tPNG\t32\t24\t1\timages/{n}.png\t2026-11-30" for n in ids),
    )


def fill(first: int, last: int, *, indexed: bool) -> None:
    """Pictures with these ids, and what a network sees in them."""
    from predictions.similar.writing import written

    for start in range(first, last, AT_ONCE):
        ids = range(start, min(start + AT_ONCE, last))
        copy_pictures(ids)
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
    from predictions.similar import nearest

    def search(inference: Any, **among: Any) -> list[Any]:
        return nearest.nearest(inference, NEAREST, **among)

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
    took("exact search among all", lambda each: exact(each.image_id), asked[:EXACT])
    took(f"search among {OWN:,} own", lambda each: search(each, user_id=person.pk), asked)
    exactly = [exact(each.image_id) for each in asked[:EXACT]]
    for nearest.EF_SEARCH in (40, 100, 200, 400):
        took(f"search among all, ef_search {nearest.EF_SEARCH}", search, asked)
        found = [{near.image_id for near in search(each)} for each in asked[:EXACT]]
        shares = [len(a & b) / NEAREST for a, b in zip(exactly, found, strict=True)]
        print(f"  recall@{NEAREST}: {np.mean(shares):.3f}, at worst {min(shares):.1f}", flush=True)


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
    """What the vectors of sixteen more pictures take, beside the index and under it."""
    from predictions.similar.writing import written

    def add(ids: range) -> None:
        vectors = [written(each.tobytes()) for each in seen[ids.start - first : ids.stop - first]]
        execute(
            """INSERT INTO similar_vector (image_id, network, is_indexed, embedding)
            SELECT id, %s, %s, embedding::halfvec
            FROM unnest(%s::bigint[], %s::text[]) AS seen (id, embedding)""",
            [NETWORK, indexed, list(ids), vectors],
        )

    half, end = first + BATCH * BATCHES, first + 2 * BATCH * BATCHES
    copy_pictures(range(first, end))
    seen = features(end - first)
    for indexed, start, stop in ((False, first, half), (True, half, end)):
        where = "under the index" if indexed else "beside it"
        batches = [range(n, n + BATCH) for n in range(start, stop, BATCH)]
        took(f"{BATCH} vectors more {where}", add, batches)


if __name__ == "__main__":
    main()
