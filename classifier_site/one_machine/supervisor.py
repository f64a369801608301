"""honcho, with two more habits: a child that dies is started again, and stopping has an order.

honcho runs each child in a process of its own group, under a wrapper (a `multiprocessing` process)
that relays its output as messages. Here the wrapper also starts the child again, and ends it when
the supervisor itself has been killed. Everything the wrappers get can be pickled, so that each of
multiprocessing's start methods works.
"""

import multiprocessing
import os
import queue
import shlex
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

import honcho.manager
import honcho.process
from honcho.manager import SYSTEM_PRINTER_NAME
from honcho.printer import Message

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
ORPHAN_PATIENCE = 1.0


class Process(honcho.process.Process):
    """The wrapper around one child."""

    stopping: Any  # multiprocessing.Event: set once the end of a child is wanted
    server = False  # others need it: started before them, stopped after them
    needs_others = False  # to finish what it has in hand: stopped before them
    stop_signal: int = signal.SIGTERM
    patience = 30.0  # seconds between the stop signal and SIGKILL

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Run the child until it is to stop or cannot start. Called by honcho, in the wrapper."""
        self._events = events
        for number in STOP_REQUESTS:
            # Not SIG_IGN, which the child would inherit.
            signal.signal(number, lambda *_: None)
        Thread(target=self._end_with_supervisor, daemon=True).start()
        failures, crashes, has_run = 0, 0, False
        while True:
            started = time.monotonic()
            code = self._run_child()
            soon = time.monotonic() - started < SOON
            failures = failures + 1 if soon and code > 0 else 0
            crashes = crashes + 1 if soon and -code in CRASHES else 0
            has_run = has_run or not soon
            # What has run before will again, once the disk has room, say; the others go on.
            if self.stopping.is_set() or (failures == ATTEMPTS and not has_run):
                break
            self._send_message(f"{self.name} died ({_describe(code)}); starting it again\n")
            pause = PAUSE_AFTER_EXIT if soon and code >= 0 else PAUSE_AFTER_SIGNAL
            pause *= min(max(failures, crashes, 1), MOST_PAUSES)
            if self.stopping.wait(pause):
                break
        self._send_message({"returncode": code}, type="stop")

    def _run_child(self) -> int:
        self._child = self._child_ctor(self.cmd, env=self.env, cwd=self.cwd)
        self._send_message({"pid": self._child.pid}, type="start")
        reader = Thread(target=self._relay, args=(self._child.stdout,), daemon=True)
        reader.start()
        # The child's own end counts, not that of its output: gunicorn's workers outlive a killed
        # master for a moment, holding the pipe and the port.
        code: int = self._child.wait()
        _signal_group(self._child.pid, signal.SIGKILL)
        reader.join(timeout=5)
        return code

    def _relay(self, output: Any) -> None:
        with output:
            for line in output:
                self._send_message(line)

    def _end_with_supervisor(self) -> None:
        """If the supervisor dies without stopping its children, end this one."""
        supervisor = multiprocessing.parent_process()
        if supervisor is None:
            return
        supervisor.join()
        with suppress(AttributeError, OSError):  # no child yet, or none any more
            os.kill(self._child.pid, self.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=ORPHAN_PATIENCE)
            _signal_group(self._child.pid, signal.SIGKILL)
        os._exit(1)  # nobody reads our messages any more, and a usual exit would wait for that


class Supervisor(honcho.manager.Manager):
    """Runs its processes until asked to stop (`failure` stays None) or one of them cannot start."""

    def __init__(
        self,
        ready: Callable[[], bool] = lambda: True,
        started: Callable[[], None] = lambda: None,
    ) -> None:
        """`ready`: whether the servers answer. `started`: called once, when everything runs."""
        super().__init__()
        self._process_ctor = Process
        self._stopping = multiprocessing.Event()
        self._ready, self._all_are_started = ready, started
        self.failure: str | None = None
        self._tails: dict[str, deque[str]] = {}
        self._requests = 0
        self._requested_at = 0.0
        self._signalled: dict[int, float] = {}  # pid: when it has to be killed

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
        """Add a process. `server`s start first and stop last; who `needs_others` stops first."""
        # exec: the shell makes room, so that pids and signals are the command's own.
        process = self.add_process(name, f"exec {shlex.join(command)}", env=env, cwd=cwd)
        process.stopping = self._stopping
        process.server, process.needs_others = server, needs_others
        process.stop_signal, process.patience = stop_signal, patience
        self._tails[name] = deque(maxlen=15)

    def say(self, text: str) -> None:
        """Print something as it is, from any thread."""
        self.events.put(Message("say", text, self._clock.now(), "", None))

    def loop(self) -> None:
        """Run everything; return when all has ended. `failure` then says what could not start."""
        before = {number: signal.getsignal(number) for number in STOP_REQUESTS}
        for number, handler in before.items():
            if number != signal.SIGHUP or handler != signal.SIG_IGN:  # nohup
                signal.signal(number, self._request_stop)
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

    def _leave(self) -> None:
        """Wait for the wrappers; after an error of our own, end what still runs."""
        self._stopping.set()
        for state in self._running():
            if "pid" in state:
                _signal_group(state["pid"], state["obj"].stop_signal)
        for state in self._processes.values():
            if "process" in state:
                state["process"].join(timeout=5)
                state["process"].kill()
                state["process"].join()

    def _request_stop(self, number: int, frame: object) -> None:
        # Nothing is printed here: the signal may have interrupted a print.
        now = time.monotonic()
        # One Ctrl-C or `kill` can arrive twice, from the terminal or init and from make.
        if self._requests == 0 or now - self._requested_at > 1:
            self._requests += 1
            self._requested_at = now

    def _start(self, server: bool = False) -> None:
        for name, state in self._processes.items():
            if state["obj"].server is server:
                target, arguments = state["obj"].run, (self.events, True)
                state["process"] = multiprocessing.Process(name=name, target=target, args=arguments)
                state["process"].start()

    def _running(self, *, server: bool | None = None) -> list[dict[str, Any]]:
        return [
            state
            for state in self._processes.values()
            if "process" in state
            and "returncode" not in state
            and server in (None, state["obj"].server)
        ]

    def _handle_event(self) -> None:
        try:
            message = self.events.get(timeout=0.1)
        except queue.Empty:
            self._notice_lost_wrappers()
            return
        if message.type == "line":
            data = message.data
            line = data.decode(errors="replace") if isinstance(data, bytes) else data
            self._tails[message.name].append(line.rstrip())
            self._print(message)
        elif message.type == "start":
            self._tails[message.name].clear()
            self._processes[message.name]["pid"] = message.data["pid"]
            self._system_print(f"{message.name} started (pid {message.data['pid']})\n")
        elif message.type == "stop":
            self._ended(message.name, message.data["returncode"])
        elif message.type == "say":
            self._print(message)

    def _print(self, message: Message) -> None:
        try:
            if message.type == "say":
                print(message.data, file=self._printer.output, flush=True)
            else:
                self._printer.write(message)
        except OSError:  # whoever read our output has gone: `manage.py up | head`
            self._stopping.set()

    def _system_print(self, data: str) -> None:
        self._print(Message("line", data, self._clock.now(), SYSTEM_PRINTER_NAME, None))

    def _ended(self, name: str, code: int) -> None:
        self._processes[name]["returncode"] = code
        self._system_print(f"{name} stopped ({_describe(code)})\n")
        if not self._stopping.is_set():
            last_words = "".join(f"\n    {line}" for line in self._tails[name])
            self.failure = f"{name} cannot start ({_describe(code)}). It says:{last_words}"
            self._stopping.set()

    def _notice_lost_wrappers(self) -> None:
        for state in self._running():
            if not state["process"].is_alive() and self.events.empty():
                if "pid" in state:
                    _signal_group(state["pid"], signal.SIGKILL)
                self._ended(state["obj"].name, state["process"].exitcode or 0)

    def _stop(self) -> None:
        """Signal whatever is to end now: those that need others, then the others, then the servers.

        A second Ctrl-C does not wait for the processes any more, a third not for the servers.
        """
        clients = self._running(server=False)
        first = [state for state in clients if state["obj"].needs_others and self._requests < 2]
        now = time.monotonic()
        for state in first or clients or self._running(server=True):
            process, pid = state["obj"], state.get("pid")
            if pid is None:
                continue  # its first message is on the way
            if pid not in self._signalled:
                self._signalled[pid] = now + process.patience
                self._system_print(f"stopping {process.name}\n")
                with suppress(ProcessLookupError):
                    os.kill(pid, process.stop_signal)
            elif now > self._signalled[pid] or self._requests > (2 if process.server else 1):
                _signal_group(pid, signal.SIGKILL)


def _signal_group(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _describe(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"status {code}"
