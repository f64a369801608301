"""Similar pictures: how fast they are found, and how many of the nearest the index finds.

    python -m benchmarks.similar [--vectors 100000] [--memory 1GB]

Fills a database of its own with made-up vectors, and prints what searches take, how many of the ten
nearest the index finds, what the index costs, and what the page takes that shows similar pictures.
"""

import argparse
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any, TypeVar

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
# How PostgreSQL writes a row of similar_vector in the binary form of COPY: before each value its
# length, and halfvec as pgvector sends it (halfvec_send). As text it is
# twice as long and takes PostgreSQL longer to read.
ROW = np.dtype(
    [
        ("columns", ">i2"),
        *(("bytes_of_image_id", ">i4"), ("image_id", ">i8")),
        *(("bytes_of_network", ">i4"), ("network", f"S{len(NETWORK)}")),
        *(("bytes_of_is_indexed", ">i4"), ("is_indexed", "?")),
        *(("bytes_of_embedding", ">i4"), ("dimensions", ">i2"), ("unused", ">i2")),
        ("numbers", ">f2", DIMENSIONS),
    ]
)
BEGIN, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
Result = TypeVar("Result")
random = np.random.default_rng(1)
spread = random.normal(0, 1, (INNER, DIMENSIONS)).astype(np.float32)
usual = random.normal(-2, 2, DIMENSIONS).astype(np.float32)


def features(count: int) -> np.ndarray:
    """Made up so that 150 are as alike as the photographs of docs/performance.md.

    The cosine of two is 0.32 at the median (photographs: 0.29), that of the nearest 0.58 (0.60), of
    the fifth 0.51 (0.51). Pictures around each vary in 11 dimensions (photographs: 9), which is a
    little harder for the index.
    """
    what = random.standard_normal((count, INNER), dtype=np.float32)
    noise = random.standard_normal((count, DIMENSIONS), dtype=np.float32)
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
            "LOG_LEVEL": "WARNING",
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


def copy_vectors(ids: range, *, indexed: bool) -> None:
    """The numbers are those that similar/writing.py would write."""
    from django.db import connection

    from predictions.similar.writing import MOST

    seen = features(len(ids))
    rows = np.empty(len(ids), ROW)
    rows["columns"] = 4
    for name in ("image_id", "network", "is_indexed"):
        rows[f"bytes_of_{name}"] = ROW[name].itemsize
    rows["bytes_of_embedding"] = 4 + ROW["numbers"].itemsize
    rows["image_id"], rows["network"], rows["is_indexed"] = ids, NETWORK.encode(), indexed
    rows["dimensions"], rows["unused"] = DIMENSIONS, 0
    rows["numbers"] = np.rint(seen * (MOST / seen.max(axis=1, keepdims=True)))
    with connection.cursor() as cursor:
        cursor.copy_expert(
            "COPY similar_vector (image_id, network, is_indexed, embedding) "
            "FROM STDIN (FORMAT binary)",
            io.BytesIO(BEGIN + rows.tobytes() + END),
        )


def fill(first: int, last: int, *, indexed: bool) -> None:
    """Pictures with these ids, and what a network sees in them."""
    for start in range(first, last, AT_ONCE):
        ids = range(start, min(start + AT_ONCE, last))
        copy_pictures(ids)
        copy_vectors(ids, indexed=indexed)


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

    as_it_is = nearest.EF_SEARCH

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
    person = User.objects.create_superuser("ada@example.com", username="Ada")
    ids = [int(n) for n in random.choice(vectors, min(OWN, vectors), replace=False)]
    inferences = Inference.objects.bulk_create(
        Inference(image_id=n, model_version=version, status="done", label="espresso", score=0.75)
        for n in ids
    )
    predictions = Prediction.objects.bulk_create(
        Prediction(user=person, image_id=each.image_id, inference=each, file_name="some.png")
        for each in inferences
    )
    execute("ANALYZE")
    asked = inferences[:QUERIES]
    exactly = took("exact search among all", lambda each: exact(each.image_id), asked[:EXACT])
    took(f"search among {OWN:,} own", lambda each: search(each, user_id=person.pk), asked)
    for nearest.EF_SEARCH in (40, 200, 400, as_it_is):
        results = took(f"search among all, ef_search {nearest.EF_SEARCH}", search, asked)
        found = [{near.image_id for near in result} for result in results[:EXACT]]
        shares = [len(a & b) / NEAREST for a, b in zip(exactly, found, strict=True)]
        print(f"  recall@{NEAREST}: {np.mean(shares):.3f}, at worst {min(shares):.1f}", flush=True)
    measure_pages(person, predictions[:QUERIES])


def measure_pages(person: Any, predictions: list[Any]) -> None:
    """In this process: without gunicorn and the network, which take a few milliseconds."""
    from django.core.management import call_command
    from django.test import Client

    call_command("collectstatic", interactive=False, verbosity=0)
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(person)

    def look(address: str) -> None:
        assert browser.get(address).status_code == 200, address

    pages = {
        "/history/{id}, six of one's own": [f"/history/{each.pk}" for each in predictions],
        "/staff/pictures/{id}/similar, 24 of all": [
            f"/staff/pictures/{each.image_id}/similar" for each in predictions
        ],
    }
    for name, addresses in pages.items():
        look(addresses[0])  # loads templates
        took(f"page {name}", look, addresses)


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


def took(what: str, do: Callable[[Any], Result], each: Iterable[Any]) -> list[Result]:
    """What each came to."""
    times, came = [], []
    for one in each:
        began = perf_counter()
        came.append(do(one))
        times.append(1000 * (perf_counter() - began))
    p95 = quantiles(times, n=20)[-1]
    print(f"{what}: p50 {median(times):.1f} ms, p95 {p95:.1f} ms", flush=True)
    return came


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
