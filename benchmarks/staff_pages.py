"""What staff wait for a page: `python -m benchmarks.staff_pages FOLDER`.

For each number of predictions the service runs on a data folder of its own, FOLDER/10000 and so on,
which `seed_demo` fills at the first time. One person asks for each address several times, with
nothing else running.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import requests

from benchmarks.service import PROJECT, inside, service

NUMBERS = (10_000, 1_000_000, 5_000_000)
TIMES = 5
BOUND = 500  # ms

# The values for the addresses below, taken from a row in the middle of the tables.
EXAMPLES = """
import json
from datetime import timedelta
from predictions.models import Inference, Prediction
number = Inference.objects.latest("pk").pk // 2
answered = Inference.objects.filter(status="done", predictions__isnull=False)
some = answered.select_related("image").filter(pk__gte=number).earliest("pk")
one = some.predictions.select_related("user").first()
print(json.dumps({
    "prediction": str(one.pk), "user": one.user_id, "email": one.user.email, "class": some.label,
    "inference": some.pk, "image": some.image_id, "md5": some.image.md5,
    "name": one.file_name[:6], "older": str(some.model_version_id),
    "day": some.created_at.date().isoformat(),
    "next": (some.created_at + timedelta(days=1)).date().isoformat(),
}))
"""

PREDICTIONS = "/admin/predictions/prediction/"
ANSWERS = "/admin/predictions/inference/"
PICTURES = "/admin/predictions/image/"
FEEDBACK = "/admin/feedback/feedback/"
PEOPLE = "/admin/accounts/user/"
DAY = "created_at__gte={day}&created_at__lt={next}"
ADDRESSES = [
    "/admin/",
    PREDICTIONS,
    f"{PREDICTIONS}?p=30",
    f"{PREDICTIONS}?o=4",
    f"{PREDICTIONS}?{DAY}",
    f"{PREDICTIONS}?created_at__gte=2000-01-01",
    f"{PREDICTIONS}?inference__status__exact=failed",
    f"{PREDICTIONS}?inference__status__exact=queued",
    f"{PREDICTIONS}?score=unsure",
    f"{PREDICTIONS}?inference__label={{class}}",
    f"{PREDICTIONS}?inference__label={{class}}&score=sure&{DAY}",
    f"{PREDICTIONS}?inference__model_version__id__exact={{older}}",
    f"{PREDICTIONS}?cached__exact=1",
    f"{PREDICTIONS}?deleted_at__isempty=0",
    f"{PREDICTIONS}?user={{user}}",
    f"{PREDICTIONS}?q={{email}}",
    f"{PREDICTIONS}?q=person-",
    f"{PREDICTIONS}?q={{md5}}",
    f"{PREDICTIONS}?q={{class}}",
    f"{PREDICTIONS}?q={{prediction}}",
    f"{PREDICTIONS}?q={{name}}",
    f"{PREDICTIONS}?q=nothing+has+this+name",
    f"{PREDICTIONS}{{prediction}}/change/",
    ANSWERS,
    f"{ANSWERS}?{DAY}",
    f"{ANSWERS}?status__exact=failed",
    f"{ANSWERS}?status__exact=done&score=unsure",
    f"{ANSWERS}?label={{class}}",
    f"{ANSWERS}?model_version__id__exact={{older}}",
    f"{ANSWERS}?q={{md5}}",
    f"{ANSWERS}?q=nothing+failed+so",
    f"{ANSWERS}{{inference}}/change/",
    PICTURES,
    f"{PICTURES}?{DAY}",
    f"{PICTURES}?q={{md5}}",
    f"{PICTURES}{{image}}/change/",
    FEEDBACK,
    f"{FEEDBACK}?{DAY}",
    f"{FEEDBACK}?correct__exact=0",
    f"{FEEDBACK}?q={{email}}",
    f"{FEEDBACK}?q=garden",
    PEOPLE,
    f"{PEOPLE}?q=person-00",
    "/admin/accounts/auditevent/",
    "/admin/predictions/modelversion/",
    "/review",
    "/review/imagenet/uncertain",
]


def seed(data: Path, number: int) -> None:
    done = data / "seeded"
    if done.exists():
        return
    command = [sys.executable, "manage.py", "seed_demo", "--predictions", str(number)]
    environment = {**os.environ, "CLASSIFIER_DATA": str(data)}
    subprocess.run(command, cwd=PROJECT, env=environment, check=True)
    done.touch()


def signed_in(address: str) -> requests.Session:
    """As the first administrator, by the page."""
    session = requests.Session()
    page = f"{address}/accounts/login"
    session.get(page, timeout=30)
    form = {"username": "admin@example.com", "password": "admin"}
    form["csrfmiddlewaretoken"] = session.cookies["csrftoken"]
    session.post(page, data=form, headers={"Referer": page}, timeout=30).raise_for_status()
    return session


def milliseconds(session: requests.Session, address: str) -> float:
    """The median, without the first."""
    took = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        session.get(address, timeout=120).raise_for_status()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took[1:])


def measure(data: Path, number: int) -> dict[str, float]:
    data.mkdir(parents=True, exist_ok=True)
    with service(data, WORKERS="1") as running:
        seed(data, number)
        found = json.loads(inside(data, EXAMPLES))
        address = f"http://127.0.0.1:{running.port}"
        session = signed_in(address)
        took = {}
        for path in ADDRESSES:
            took[path] = milliseconds(session, address + path.format(**found))
            print(f"{number:>9,} {took[path]:7.0f} ms  {path}", file=sys.stderr, flush=True)
        return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--numbers", type=int, nargs="+", default=NUMBERS)
    asked = parser.parse_args()
    took = {number: measure(asked.folder / str(number), number) for number in asked.numbers}
    print("| page |", *(f"{number:,} |" for number in took))
    print("|---|" + "---|" * len(took))
    for path in ADDRESSES:
        each = [took[number][path] for number in took]
        shown = [f"**{ms:.0f}**" if ms > BOUND else f"{ms:.0f}" for ms in each]
        print(f"| `{path}` | {' | '.join(shown)} |")


if __name__ == "__main__":
    main()
