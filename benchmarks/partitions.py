"""Feedback by month: what the change takes, and what is faster or slower afterwards.

    python -m benchmarks.partitions [--rows 1000000]

Fills a database of its own with feedback of two years and times its queries. Then it runs
`partition_feedback`, kills it half way with SIGKILL and runs it again, while somebody gives
feedback and reads some all the time; and times the queries once more.
"""

import argparse
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from threading import Event, Thread
from time import perf_counter, sleep
from typing import Any

from benchmarks.similar import execute, own_database

PEOPLE, DAYS = 5000, 730
PAGE, TIMES = 24, 300
EVERY = 0.02  # seconds between two of somebody who uses the table meanwhile

PREDICTIONS = f"""
    INSERT INTO predictions_prediction
        (id, user_id, image_id, inference_id, file_name, cached, created_at)
    SELECT gen_random_uuid(), %(person)s + n %% {PEOPLE}, %(image)s, %(inference)s, 'some.png',
        false, now() - (%(rows)s - n) * interval '{DAYS} days' / %(rows)s
    FROM generate_series(1, %(rows)s) AS n
"""
FEEDBACK = """
    INSERT INTO feedback_feedback
        (user_id, prediction_id, feedback, correct, label, classifier_id, class_key,
        predicted_class, score, image_file_name, created_at, noticed_at)
    SELECT user_id, id, '', random() < 0.7, 'Siberian_husky', %s, 'n02110185', 'Eskimo_dog', 0.9,
        md5(id::text) || '.png', created_at + interval '3 minutes', now()
    FROM predictions_prediction ORDER BY created_at
"""
DECISIONS = """
    INSERT INTO review_decision
        (classifier_id, image_id, feedback_id, answered_key, verdict, is_label, class_key, label,
        queue, decided_at, replaced_at, is_undone)
    SELECT %s, %s, id, '', 'rejected', false, '', '', 'feedback', now(), now(), false
    FROM feedback_feedback WHERE id %% 20 = 0
"""
# Of what ordinary statements do not take.
LOCKS = """
    SELECT relation::regclass::text, replace(mode, 'Lock', ''),
        extract(epoch FROM clock_timestamp() - xact_start)::float
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE granted AND mode IN ('ShareRowExclusiveLock', 'AccessExclusiveLock')
        AND relation IN (SELECT oid FROM pg_class WHERE relname = ANY(%s))
"""
TABLES = [
    "feedback_feedback",
    "review_entry",
    "review_decision",
    "accounts_user",
    "predictions_prediction",
    "predictions_classifier",
]
SIZE = """
    SELECT pg_size_pretty(sum(pg_total_relation_size(oid))) FROM pg_class
    WHERE relkind = 'r' AND relname LIKE 'feedback_%'
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.partitions")
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with own_database(durable=True):
        began = perf_counter()
        fill(rows)
        print(f"{rows:,} rows made in {perf_counter() - began:.0f} s", flush=True)
        one_table = timed()
        with used_meanwhile():
            move()
        by_month = timed()
        print(f"\n{'milliseconds, p50 (p95)':45}{'one table':>16}{'by month':>16}")
        for what in one_table:
            print(f"{what:45}{one_table[what]:>16}{by_month[what]:>16}", flush=True)


def fill(rows: int) -> None:
    from accounts.models import User
    from predictions.classifiers import Classifier, LabelSet, ModelVersion
    from predictions.models import Image, Inference

    classifier = Classifier.objects.create(name="imagenet")
    version = ModelVersion.objects.create(
        classifier=classifier,
        label_set=LabelSet.objects.create(sha256="", classes=[]),
        name="made-up",
        version="1-f32",
        precision="f32",
        manifest={"name": "made-up", "version": 1, "files": {"": ""}},
    )
    people = [User(email=f"{n}@example.com", username=f"Person {n}") for n in range(PEOPLE)]
    person = User.objects.bulk_create(people)[0].pk
    image = Image.objects.create(
        sha256="0" * 64, md5="0" * 32, format="PNG", width=32, height=24, size=1, file="images/0"
    )
    inference = Inference.objects.create(image=image, model_version=version, status="done")
    values = {"rows": rows, "person": person, "image": image.pk, "inference": inference.pk}
    execute(PREDICTIONS, values)
    execute(FEEDBACK, [classifier.pk])
    execute(DECISIONS, [classifier.pk, image.pk])
    execute("VACUUM ANALYZE")
    execute("CHECKPOINT")


def move() -> None:
    """Killed half way, and run again."""
    command = [sys.executable, "manage.py", "partition_feedback"]
    began = perf_counter()
    process = subprocess.Popen(command)
    while share_copied() < 0.5:
        if process.poll() is not None:
            raise SystemExit("It ended by itself.")
        sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    print(f"Killed after {perf_counter() - began:.1f} s", flush=True)
    began = perf_counter()
    subprocess.run(command, check=True)
    print(f"Went on for {perf_counter() - began:.1f} s", flush=True)


def share_copied() -> float:
    [(copied,)] = execute("SELECT obj_description(to_regclass('feedback_by_month'))")
    [(last,)] = execute("SELECT max(id) FROM feedback_feedback")
    return int(copied or 0) / int(last)


@contextmanager
def used_meanwhile() -> Iterator[None]:
    """By somebody who gives feedback and reads some; says how long they and others waited."""
    from feedback.models import Feedback
    from predictions.models import Prediction

    prediction = Prediction.objects.latest("created_at")
    over = Event()
    waits: list[float] = []
    held: dict[tuple[str, str], float] = {}

    def use() -> None:
        while not over.wait(EVERY):
            began = perf_counter()
            said = give(prediction)
            Feedback.objects.get(pk=said.pk)
            waits.append(perf_counter() - began)

    def look() -> None:
        while not over.wait(0.002):
            for table, mode, seconds in execute(LOCKS, [TABLES]):
                held[table, mode] = max(held.get((table, mode), 0.0), seconds)

    threads = [Thread(target=in_thread, args=[do]) for do in (use, look)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    print(
        f"{len(waits)} times used meanwhile: p50 {1000 * median(waits):.1f} ms, p95 "
        f"{1000 * quantiles(waits, n=20)[-1]:.1f} ms, longest {1000 * max(waits):.0f} ms"
    )
    for (table, mode), seconds in sorted(held.items()):
        print(f"  {mode} on {table}: seen in a transaction {1000 * seconds:.0f} ms old at most")


def in_thread(do: Callable[[], None]) -> None:
    from django.db import connection

    try:
        do()
    finally:
        connection.close()


def give(prediction: Any) -> Any:
    from feedback.models import Feedback

    return Feedback.objects.create(
        user_id=prediction.user_id,
        prediction=prediction,
        correct=True,
        predicted_class="Eskimo_dog",
        score=0.9,
        image_file_name="some.png",
    )


def timed() -> dict[str, str]:
    from feedback.models import Feedback
    from predictions.models import Prediction

    chosen = random.Random(26)
    everybody = Feedback.objects.all()
    ids = list(everybody.order_by("pk").values_list("pk", flat=True))
    users = list(everybody.order_by("user").values_list("user", flat=True).distinct()[:PEOPLE])
    prediction = Prediction.objects.latest("created_at")

    def page() -> None:
        asked = Prediction.objects.filter(user=chosen.choice(users)).order_by("-created_at")
        predictions = list(asked.values_list("pk", flat=True)[:PAGE])
        began = perf_counter()
        list(everybody.filter(prediction__in=predictions))
        times.append(perf_counter() - began)

    def measured(do: Callable[[], Any]) -> Callable[[], None]:
        def measure() -> None:
            began = perf_counter()
            do()
            times.append(perf_counter() - began)

        return measure

    def change() -> None:
        said = Feedback.objects.get(pk=chosen.choice(ids))
        began = perf_counter()
        said.save()
        times.append(perf_counter() - began)

    def of_person() -> None:
        list(everybody.filter(user=chosen.choice(users)).order_by("-pk")[:100])

    each: dict[str, Callable[[], Any]] = {
        f"of the {PAGE} predictions of a page": page,
        "one by its id": measured(lambda: Feedback.objects.get(pk=chosen.choice(ids))),
        "one person's 100 newest": measured(of_person),
        "everybody's 2,000 newest ids": measured(
            lambda: list(everybody.order_by("-pk").values_list("pk", flat=True)[:2000])
        ),
        "everybody's 100 newest": measured(lambda: list(everybody.order_by("-pk")[:100])),
        "given": measured(lambda: give(prediction)),
        "said anew": change,
        "what reviewers have not seen": measured(
            lambda: list(everybody.filter(noticed_at=None).order_by("pk")[:500])
        ),
    }
    found = {}
    for what, do in each.items():
        times: list[float] = []
        for _ in range(TIMES):
            do()
        p95 = 1000 * quantiles(times, n=20)[-1]
        found[what] = f"{1000 * median(times):.2f} ({p95:.2f})"
    found["a month deleted"] = f"{1000 * delete_a_month():.0f}"
    execute("VACUUM ANALYZE feedback_feedback")
    [(size,)] = execute(SIZE)
    found["size"] = size
    return found


def delete_a_month() -> float:
    """Seconds. It is rolled back."""
    from django.db import connection, transaction

    from feedback.models import Feedback
    from feedback.partitions.months import Month, is_partitioned
    from foundation.web.bounded_lists import id_at

    month = Month.of(Feedback.objects.earliest("pk").created_at).following
    first, end = id_at(Feedback, month.begin), id_at(Feedback, month.following.begin)
    with transaction.atomic(), connection.cursor() as cursor:
        began = perf_counter()
        for table in ("review_entry", "review_decision"):
            cursor.execute(
                f"UPDATE {table} SET feedback_id = NULL "
                "WHERE feedback_id >= %s AND feedback_id < %s",
                [first, end],
            )
        if is_partitioned(cursor):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE feedback_feedback DETACH PARTITION {month.table}")
            cursor.execute(f"DROP TABLE {month.table}")
        else:
            cursor.execute("DELETE FROM feedback_feedback WHERE id >= %s AND id < %s", [first, end])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        took = perf_counter() - began
        transaction.set_rollback(True)
    return took


if __name__ == "__main__":
    main()
