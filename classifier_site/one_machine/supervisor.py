"""Runs several processes together: starts again what dies, prints what they say, stops in order.

Each child has a thread here that starts it, relays its output and starts it again. The threads only
post events; what is known of the children changes in the main thread alone. Each child leads a
process group of its own, and guard.py ends them all if the supervisor itself is killed.
"""

import os
import queue
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread
from typing import Any

from classifier_site.one_machine import guard
from classifier_site.one_machine.console import Console

STOP_REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A child that ends by itself sooner than this, with an error, this many times in a row, cannot
# start. gunicorn alone tries for five seconds to get its port.
SOON = 10.0
ATTEMPTS = 3
# What a process does to itself, over a damaged picture or on a processor that lacks something. No
# reason to give up: the picture is given up after some tries, and the others go on meanwhile.
CRASHES = {signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV}
PAUSE_AFTER_SIGNAL = 0.2
PAUSE_AFTER_EXIT = 1.0
MOST_PAUSES = 10  # between two failures in a row


@dataclass
class Child:
    name: str
    command: list[str]
    env: dict[str, str] | None
    cwd: str | None
    server: bool
    needs_others: bool
    stop_signal: int
    patience: float
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=15))
    hurry: Event = field(default_factory=Event)  # set to start again without a pause
    thread: Thread | None = None
    process: subprocess.Popen[bytes] | None = None  # while it runs, as the main thread knows
    kill_at: float | None = None  # once it was asked to stop
    has_ended: bool = False  # for good


class Supervisor:
    """Runs its children until asked to stop (`failure` stays None) or one of them cannot start."""

    def __init__(
        self,
        ready: Callable[[], bool] = lambda: True,
        started: Callable[[], None] = lambda: None,
    ) -> None:
        """`ready`: whether the servers answer. `started`: called once, when everything runs."""
        self._ready, self._all_are_started = ready, started
        self.failure: str | None = None
        self._children: dict[str, Child] = {}
        self._events: queue.Queue[Callable[[], None]] = queue.Queue()
        self._stopping = Event()
        self._requests = 0
        self._requested_at = 0.0

    def add(
        self,
        name: str,
        command: list[str],
        *,
        env: dict[str, str] | None = None,
        cwd: str | None = None,
        server: bool = False,
        needs_others: bool = False,
        stop_signal: int = signal.SIGTERM,
        patience: float = 30.0,
    ) -> None:
        """A process to run.

        server: others need it, so it starts before them and stops after them.
        needs_others: to finish what it has in hand, so it stops before them.
        patience: seconds between the stop signal and SIGKILL.
        """
        self._children[name] = Child(
            name, command, env, cwd, server, needs_others, stop_signal, patience
        )

    def say(self, text: str) -> None:
        """Print something as it is, from any thread."""
        self._post(self._print, text, None)

    def restart(self, name: str) -> None:
        """End a child and start it again at once, from any thread."""
        self._post(self._restart, self._children[name])

    def loop(self) -> None:
        """Run everything; return when all has ended. `failure` then says what could not start."""
        self._console = Console([*self._children, "system"])
        before = {number: signal.getsignal(number) for number in STOP_REQUESTS}
        for number, handler in before.items():
            if number != signal.SIGHUP or handler != signal.SIG_IGN:  # nohup
                signal.signal(number, self._request_stop)
        self._guard = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", guard.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        try:
            self._start(server=True)
            waiting = True
            while self._running() or (waiting and not self._stopping.is_set()):
                self._handle_event()
                if self._requests:
                    self._stopping.set()
                if self._stopping.is_set():
                    self._stop()
                elif waiting and self._ready():
                    waiting = False
                    self._start(server=False)
                    self._all_are_started()
        finally:
            self._leave()
            for number, handler in before.items():
                signal.signal(number, handler)

    # --- In the main thread ------------------------------------------------------------------

    def _request_stop(self, number: int, frame: object) -> None:
        # Nothing is printed here: the signal may have interrupted a print.
        now = time.monotonic()
        # One Ctrl-C or `kill` can arrive twice, from the terminal or init and from make.
        if self._requests == 0 or now - self._requested_at > 1:
            self._requests += 1
            self._requested_at = now

    def _start(self, *, server: bool) -> None:
        for child in self._children.values():
            if child.server is server:
                child.thread = Thread(target=self._keep_running, args=(child,), daemon=True)
                child.thread.start()

    def _running(self, *, server: bool | None = None) -> list[Child]:
        return [
            child
            for child in self._children.values()
            if child.thread and not child.has_ended and server in (None, child.server)
        ]

    def _handle_event(self) -> None:
        with suppress(queue.Empty):
            self._events.get(timeout=0.1)()

    def _has_started(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        child.process, child.kill_at = process, None
        child.last_lines.clear()
        self._tell_guard(f"+{process.pid} {int(child.stop_signal)}")
        self._print(f"{child.name} started (pid {process.pid})")

    def _has_said(self, child: Child, line: str) -> None:
        child.last_lines.append(line)
        self._print(line, child.name)

    def _has_died(self, child: Child, pid: int) -> None:
        child.process = None
        self._tell_guard(f"-{pid}")

    def _has_ended(self, child: Child, code: int) -> None:
        child.has_ended = True
        self._print(f"{child.name} stopped ({_describe(code)})")
        if not self._stopping.is_set():
            last_words = "".join(f"\n    {line}" for line in child.last_lines)
            self.failure = f"{child.name} cannot start ({_describe(code)}). It says:{last_words}"
            self._stopping.set()

    def _restart(self, child: Child) -> None:
        child.hurry.set()
        if child.process:
            child.process.send_signal(child.stop_signal)

    def _stop(self) -> None:
        """Signal whatever is to end now: those that need others, then the others, then the servers.

        A second Ctrl-C does not wait for the processes any more, a third not for the servers.
        """
        clients = self._running(server=False)
        first = [child for child in clients if child.needs_others and self._requests < 2]
        now = time.monotonic()
        for child in first or clients or self._running(server=True):
            child.hurry.set()
            if child.process is None:
                continue  # between two starts: the next event says whether it has ended
            if child.kill_at is None:
                child.kill_at = now + child.patience
                self._print(f"stopping {child.name}")
                child.process.send_signal(child.stop_signal)
            elif now > child.kill_at or self._requests > (2 if child.server else 1):
                _kill_group(child.process.pid)

    def _leave(self) -> None:
        """Nothing runs any more, unless an error of our own has ended the loop: then end it."""
        self._stopping.set()
        for child in self._running():
            child.hurry.set()
            if child.process:
                child.process.send_signal(child.stop_signal)
        for child in self._children.values():
            if child.thread:
                child.thread.join(timeout=5)
        self._guard.communicate()  # it kills what has not ended

    def _tell_guard(self, line: str) -> None:
        assert self._guard.stdin is not None  # noqa: S101  # a pipe
        with suppress(BrokenPipeError):  # somebody has killed it: the rest works without
            print(line, file=self._guard.stdin, flush=True)

    def _print(self, text: str, name: str | None = "system") -> None:
        try:
            self._console.print(text, name)
        except OSError:  # nobody reads it any more
            self._stopping.set()

    # --- In the thread of a child ------------------------------------------------------------

    def _post(self, event: Callable[..., None], *arguments: Any) -> None:
        self._events.put(partial(event, *arguments))

    def _keep_running(self, child: Child) -> None:
        """Run the child until it is to stop or cannot start."""
        failures, crashes, has_run = 0, 0, False
        while True:
            started = time.monotonic()
            code = self._run_once(child)
            soon = time.monotonic() - started < SOON
            failures = failures + 1 if soon and code > 0 else 0
            crashes = crashes + 1 if soon and -code in CRASHES else 0
            has_run = has_run or not soon
            # A child that has run before can run again, for example once the disk has room.
            if self._stopping.is_set() or (failures == ATTEMPTS and not has_run):
                break
            self._post(self._print, f"{child.name} died ({_describe(code)}); starting it again")
            pause = PAUSE_AFTER_EXIT if soon and code >= 0 else PAUSE_AFTER_SIGNAL
            child.hurry.wait(pause * min(max(failures, crashes, 1), MOST_PAUSES))
            child.hurry.clear()
            if self._stopping.is_set():
                break
        self._post(self._has_ended, child, code)

    def _run_once(self, child: Child) -> int:
        try:
            process = subprocess.Popen(  # noqa: S603
                child.command,
                env=child.env,
                cwd=child.cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            self._post(self._has_said, child, str(error))
            return 127  # as a shell says that it cannot run a command
        self._post(self._has_started, child, process)
        reader = Thread(target=self._relay, args=(child, process.stdout), daemon=True)
        reader.start()
        # The child's own end counts, not that of its output: gunicorn's workers outlive a killed
        # master for a moment, holding the pipe and the port.
        code = process.wait()
        _kill_group(process.pid)
        reader.join(timeout=5)
        self._post(self._has_died, child, process.pid)
        return code

    def _relay(self, child: Child, output: Any) -> None:
        with output:
            for line in output:
                self._post(self._has_said, child, line.decode(errors="replace").rstrip())


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _describe(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"status {code}"
