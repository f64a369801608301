"""Resident memory of a worker that is sent bombs, large, broken and ordinary pictures for minutes.

    python -m benchmarks.memory [--minutes 10] [--plot docs/memory.png]

Starts a service of its own and prints a line a minute. Needs no quiet machine.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Lock, Thread

import requests

from benchmarks import plots
from benchmarks.hostile import hostile
from benchmarks.service import Running, service, sign_in

CLIENTS = 4
INTERVAL = 0.25  # seconds between two looks
AFTERWARDS = 30  # seconds of rest at the end

Sample = tuple[float, dict[str, float]]  # seconds since the start, megabytes by part


def send(
    running: Running, pictures: Iterator[tuple[str, str, bytes]], over: Event, sent: Counter[str]
) -> None:
    """Sends one after another until it is over, and counts the answers by kind and status."""
    headers, lock = sign_in(running.port), Lock()

    def client() -> None:
        session = requests.Session()
        while not over.is_set():
            with lock:
                kind, name, content = next(pictures)
            answer = session.post(
                f"http://127.0.0.1:{running.port}/model/predict",
                files={"file": (name, content)},
                headers=headers,
                timeout=120,
            )
            with lock:
                sent[f"{kind} {answer.status_code}"] += 1

    clients = [Thread(target=client) for _ in range(CLIENTS)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()


def watch(running: Running, seconds: float, over: Event) -> Iterator[Sample]:
    """What each part holds, until those who send are told that it is over, and a little longer."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds + AFTERWARDS:
        if passed > seconds:
            over.set()
        yield passed, running.memory_mb()
        time.sleep(INTERVAL)


def by_minute(samples: list[Sample], part: str) -> list[list[float]]:
    minutes: list[list[float]] = [[] for _ in range(int(samples[-1][0] // 60) + 1)]
    for passed, memory in samples:
        minutes[int(passed // 60)].append(memory.get(part, 0.0))
    return [sorted(minute) for minute in minutes if minute]


def show(samples: list[Sample]) -> None:
    for part in ("worker", "web"):
        for number, minute in enumerate(by_minute(samples, part), 1):
            print(
                f"{part}, minute {number:2}: least {minute[0]:4.0f} MB, median "
                f"{minute[len(minute) // 2]:4.0f} MB, most {minute[-1]:4.0f} MB"
            )
        print(f"{part}, at the end: {samples[-1][1].get(part, 0.0):.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--log", type=Path, default=Path("/dev/null"), help="what the service says")
    asked = parser.parse_args()
    over, sent = Event(), Counter[str]()
    with (
        tempfile.TemporaryDirectory(prefix="classifier-memory-") as folder,
        service(Path(folder), log=asked.log, ACCESS_TOKEN_MINUTES="600") as running,
    ):
        pids = {process.pid for process in running.processes()["worker"]}
        arguments = (running, hostile(asked.seed), over, sent)
        sender = Thread(target=send, args=arguments)
        sender.start()
        samples = list(watch(running, 60 * asked.minutes, over))
        sender.join()
        ended = pids - {process.pid for process in running.processes()["worker"]}
    show(samples)
    print("pictures by kind and status:", dict(sorted(sent.items())))
    print(f"workers that ended on the way: {len(ended)}")
    if asked.plot:
        plots.draw_memory(samples, asked.plot)


if __name__ == "__main__":
    main()
