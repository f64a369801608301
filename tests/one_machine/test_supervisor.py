"""The supervisor, run as a process of its own over small scripts."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.conftest import PROJECT

# Each line of the plan: a name, "server" or "", and a shell command, or the path of a program.
RUN = """
import json, sys
from classifier_site.one_machine import supervisor
from classifier_site.one_machine.supervisor import Supervisor

supervisor.SOON = 2.0

if __name__ == "__main__":
    supervisor = Supervisor(started=lambda: supervisor.say("all started"))
    for name, server, command in json.loads(sys.argv[1]):
        patience = 1 if name == "deaf" else 30
        supervisor.add(
            name, ["sh", "-c", command] if " " in command else [command], server=bool(server),
            needs_others=name == "needy", patience=patience,
        )
    supervisor.loop()
    sys.exit(supervisor.failure)
"""
NO_PROGRAM = "/no/such/program"
FOREVER = "exec sleep 600"
STOPS_SLOWLY = (
    "trap 'sleep 1; echo saved my work; exit 0' TERM; echo ready; while :; do sleep 0.1; done"
)

pytestmark = pytest.mark.heavy


class Running:
    """A supervisor, and what it has printed so far."""

    def __init__(self, folder: Path, plan: list[tuple[str, str, str]]) -> None:
        import json

        script = folder / "run.py"
        script.write_text(RUN)
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(script), json.dumps(plan)],
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"},
            )

    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, pattern: str, seconds: float = 20) -> re.Match[str]:
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.text())):
            assert time.monotonic() < deadline, f"no {pattern!r} in:\n{self.text()}"
            time.sleep(0.05)
        return found

    def pid(self, name: str, start: int = 1) -> int:
        """The pid of a child after its first, second, … start."""
        started = rf"(?s)(?:{name} started \(pid (\d+)\).*?){{{start}}}"
        return int(self.wait_for(started)[1])

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[object]:
    runs: list[Running] = []

    def start(*plan: tuple[str, str, str]) -> Running:
        runs.append(Running(tmp_path, list(plan)))
        return runs[-1]

    yield start
    for running in runs:
        if running.process.poll() is None:
            for process in [*running.family(), psutil.Process(running.process.pid)]:
                process.kill()
            running.process.wait()


def test_a_killed_child_is_reported_and_started_again(run) -> None:
    running = run(("worker", "", FOREVER))
    running.wait_for("all started")
    for start in (1, 2, 3, 4):  # more often than a child may fail to start
        os.kill(running.pid("worker", start), signal.SIGKILL)
        running.wait_for(
            rf"(?s)(worker died \(killed by signal 9\); starting it again.*){{{start}}}"
        )
    running.pid("worker", 5)
    running.process.terminate()
    assert running.process.wait(timeout=20) == 0


def test_the_processes_that_a_killed_child_started_are_ended(run) -> None:
    running = run(("web", "", "sleep 601 & wait"))
    first = running.pid("web")
    time.sleep(0.3)
    grandchildren = psutil.Process(first).children()
    assert len(grandchildren) == 1
    os.kill(first, signal.SIGKILL)
    running.pid("web", 2)
    assert not psutil.wait_procs(grandchildren, timeout=5)[1]


def test_a_child_that_cannot_start_ends_everything_with_its_reason(run) -> None:
    running = run(
        ("database", "server", FOREVER),
        ("web", "", FOREVER),
        ("worker", "", "echo no model here; exit 3"),
    )
    assert running.process.wait(timeout=30) == 1
    assert len(re.findall(r"worker started", running.text())) == 3
    assert re.search(r"worker cannot start \(status 3\). It says:\n +no model here", running.text())
    assert running.text().index("web stopped") < running.text().index("stopping database")


def test_a_child_that_has_run_before_is_started_again_forever(run, tmp_path) -> None:
    """The disk is full for a while, say: the others go on meanwhile."""
    starts = tmp_path / "starts"
    starts.write_text("0")
    running = run(
        ("web", "", FOREVER),
        (
            "worker",
            "",
            f"read n < {starts}; echo $((n + 1)) > {starts};"
            "[ $n = 0 ] && sleep 2.5; [ $n -lt 4 ] && exit 3; " + FOREVER,
        ),
    )
    running.pid("worker", 5)
    assert len(re.findall("web started", running.text())) == 1
    assert "cannot start" not in running.text()
    running.process.terminate()
    assert running.process.wait(timeout=20) == 0


def test_a_child_that_crashes_repeatedly_is_started_again_after_a_pause(run) -> None:
    running = run(("web", "", FOREVER), ("worker", "", "kill -ILL $$"))
    time.sleep(4)
    running.process.terminate()
    assert running.process.wait(timeout=20) == 0
    assert "cannot start" not in running.text()
    assert 4 <= len(re.findall("worker started", running.text())) <= 8  # else some twenty


def test_servers_start_first_and_stop_last(run) -> None:
    running = run(("worker", "", STOPS_SLOWLY), ("database", "server", FOREVER))
    running.wait_for(r"worker +\| ready")
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(timeout=20) == 0
    steps = ["database started", "all started", "worker started", "stopping worker"]
    steps += ["saved my work", "worker stopped (status 0)", "stopping database", "database stopped"]
    places = [running.text().index(step) for step in steps]
    assert places == sorted(places)


def test_a_child_that_needs_the_others_stops_before_them(run) -> None:
    running = run(("worker", "", FOREVER), ("needy", "", STOPS_SLOWLY))
    running.wait_for(r"needy +\| ready")
    running.process.terminate()
    assert running.process.wait(timeout=20) == 0
    places = [
        running.text().index(step)
        for step in ("stopping needy", "saved my work", "needy stopped", "stopping worker")
    ]
    assert places == sorted(places)


def test_a_child_that_does_not_stop_in_time_is_killed(run) -> None:
    running = run(("deaf", "", "trap '' TERM; echo ready; while :; do sleep 0.1; done"))
    running.wait_for(r"deaf +\| ready")
    running.process.terminate()
    assert running.process.wait(timeout=10) == 0
    assert "deaf stopped (killed by signal 9)" in running.text()


def test_a_second_ctrl_c_stops_at_once_unless_it_is_the_first_one_delivered_twice(run) -> None:
    running = run(("worker", "", "trap '' TERM; echo ready; while :; do sleep 0.1; done"))
    running.wait_for(r"worker +\| ready")
    for _ in range(2):  # at once: from the terminal and from make
        running.process.send_signal(signal.SIGINT)
    time.sleep(1.5)
    assert running.process.poll() is None
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(timeout=5) == 0


def test_the_supervisor_stops_during_a_pause_between_two_starts(run) -> None:
    running = run(("worker", "", "exit 1"))
    running.wait_for("worker died")
    running.process.terminate()
    assert running.process.wait(timeout=10) == 0


def test_no_process_survives_a_killed_supervisor(run) -> None:
    running = run(
        ("database", "server", FOREVER),
        ("web", "", "sleep 601 & wait"),
        ("deaf", "", "trap '' TERM; echo ready; while :; do sleep 0.1; done"),
    )
    running.wait_for(r"deaf +\| ready")
    family = running.family()
    assert len(family) >= 6  # with the guard
    running.process.kill()
    running.process.wait()
    assert not psutil.wait_procs(family, timeout=15)[1]


def test_everything_stops_when_nobody_reads_the_output(run, tmp_path: Path) -> None:
    running = run(("worker", "", "while :; do echo talk; sleep 0.05; done"))
    running.wait_for("talk")
    running.process.terminate()
    running.process.wait(timeout=10)
    (tmp_path / "run.py").write_text(RUN)
    plan = '[["worker", "", "while :; do echo talk; sleep 0.05; done"]]'
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "run.py"), plan],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert process.stdout is not None
    process.stdout.readline()
    family = psutil.Process(process.pid).children(recursive=True)
    process.stdout.close()
    process.wait(timeout=20)
    assert not psutil.wait_procs(family, timeout=10)[1]


def test_a_program_that_does_not_exist_is_reported_as_the_reason(run) -> None:
    running = run(("worker", "", NO_PROGRAM))
    assert running.process.wait(timeout=20) == 1
    assert re.search(
        r"worker cannot start \(status 127\). It says:\n.*/no/such/program", running.text()
    )


def test_the_supervisor_works_and_stops_without_its_guard(run) -> None:
    running = run(("worker", "", FOREVER))
    running.pid("worker")
    guard = next(each for each in running.family() if "guard.py" in " ".join(each.cmdline()))
    guard.kill()
    os.kill(running.pid("worker"), signal.SIGKILL)
    running.pid("worker", 2)
    running.process.terminate()
    assert running.process.wait(timeout=20) == 0
