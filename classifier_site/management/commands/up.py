"""`manage.py up`: the whole service on this machine, with one command and until Ctrl-C."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Thread
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import connections

from accounts.services import FIRST_ADMIN_EMAIL, FIRST_ADMIN_PASSWORD, create_first_admin
from classifier_site import environment
from classifier_site.one_machine import data_folder, static_files
from classifier_site.one_machine.data_folder import StartError
from classifier_site.one_machine.servers import STOP_SIGNALS, Servers
from classifier_site.one_machine.supervisor import Supervisor
from learning.queue import NAME as TRAINING
from learning.worker import TrainingWorker
from predictions.mlflow.client import NOT_INSTALLED, is_installed
from predictions.queueing.queue import QUEUE_NAMES

HOST = "127.0.0.1"
TRAINING_WORKER = f"{TrainingWorker.__module__}.{TrainingWorker.__name__}"
# Database 46 MB, its write-ahead log a little more with use, a model and its weights about 200 MB.
NEEDED_AT_FIRST = 500_000_000
NEEDED_LATER = 100_000_000
HEALTHY_SECONDS = 60
# glibc keeps an arena for every few threads, and in them what they have freed. Of two arenas, and
# with large blocks taken from the system and given back one by one, the site held 190 MB and not
# 345 after 1,500 mutants of tests/fuzz, and a worker 300 and not 470. A threshold of 1 MB costs the
# decoding of a picture of 640 by 427 a quarter more, one of 4 MB nothing that could be measured.
# Whoever sets one threshold sets the other, see mallopt(3): at 128 kB, a block of 200 kB costs 38
# microseconds and not 2, because its pages go back to the system and are asked for again each time.
MALLOC = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(2**22),
    "MALLOC_TRIM_THRESHOLD_": str(2**22),
}
MEMORY = Path("/dev/shm")  # noqa: S108  # of Linux


class StopRequested(BaseException):
    """SIGINT or SIGTERM, while everything is still being set up."""


class Command(BaseCommand):
    help = "Run everything on this machine: database, queue, model, web server and workers."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dev", action="store_true", help="Show each change of the code without a restart."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.dev: bool = options["dev"]
        self.created_admin = False
        self.servers = Servers.of(environment.process)
        try:
            with _stoppable():
                self._run()
        except (StartError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            place = f": {error.filename}" if error.filename else ""
            raise CommandError(
                f"The service cannot run ({error.strerror or error}{place})."
            ) from error
        except StopRequested:
            self.stdout.write("Stopped before everything was set up; the next start goes on.")

    def _run(self) -> None:
        if settings.MLFLOW_TRACKING_URI and not is_installed():
            raise StartError(f"MLFLOW_TRACKING_URI is set, but {NOT_INSTALLED}")
        data = self.servers.data
        data_folder.make(data)
        with data_folder.lock(data):
            self.port = _free_port(environment.port("PORT", 8000))
            _check_room(self.servers)
            self._set_up()
            with _folder_in_memory(data) as counts:
                self._supervise(counts)

    def _set_up(self) -> None:
        if self.servers.names:
            self._step(f"Starting {' and '.join(self.servers.names)} in {self.servers.data}")
        with self.servers.running():
            self._step("Bringing the database up to date")
            try:
                call_command("migrate", interactive=False, verbosity=1)
                if "postgres" in self.servers.names:
                    self._create_admin()
            except DatabaseError as error:
                raise StartError(f"The database cannot be used: {str(error).strip()}") from error
            finally:
                connections.close_all()
            self._step("Collecting the static files")
            static_files.collect()
            self._prepare_model()

    def _create_admin(self) -> None:
        self.created_admin = create_first_admin()
        if self.created_admin:
            self._step(
                f"Created the first user, {FIRST_ADMIN_EMAIL} "
                f"with the password {FIRST_ADMIN_PASSWORD}"
            )

    def _prepare_model(self) -> None:
        name = settings.CLASSIFIER_MODEL
        self._step(f"Preparing the model ({name})")
        # In a process of its own: what building a model takes, hundreds of MB, goes with it.
        command = [*_manage(), "prepare_model", name]
        if subprocess.run(command, start_new_session=True).returncode:  # noqa: S603
            raise StartError("The model could not be prepared; the reason is above.")

    def _supervise(self, counts: dict[str, str]) -> None:
        """counts: what tells the site's processes where to add up what they count."""
        supervisor = Supervisor(
            ready=self.servers.ready,
            started=lambda: Thread(target=self._announce, args=(supervisor,), daemon=True).start(),
        )
        for name, command in self.servers.commands().items():
            supervisor.add(
                name,
                command,
                env=self.servers.process_environment(),
                cwd="/",
                server=True,
                stop_signal=STOP_SIGNALS[name],
            )
        inherited = {
            **counts,
            **MALLOC,
            **environment.process,
            "PYTHONUNBUFFERED": "1",
            "BIND": f"{HOST}:{self.port}",
        }
        inherited.pop("METRICS_PORT", None)  # the site tells the sum, and to this machine alone
        base = settings.BASE_DIR
        configuration = str(base / "classifier_site" / "gunicorn.conf.py")
        web = [sys.executable, "-m", "gunicorn", "-c", configuration, "classifier_site.wsgi"]
        # Workers stay for those it answers still. It gives up after its graceful_timeout of 30 s.
        debug = {"DEBUG": "1"} if self.dev else {}
        supervisor.add(
            "web", web, env=inherited | debug, cwd=str(base), needs_others=True, patience=35
        )
        # Django's checks would load all pages first, of which a worker has no use.
        worker = [*_manage(), "rqworker", *QUEUE_NAMES, "--skip-checks"]
        workers = [f"worker{number}" for number in range(1, settings.WORKERS + 1)]
        workers = ["worker"] if len(workers) == 1 else workers
        for name in workers:
            supervisor.add(name, worker, env=inherited)
        training = ["rqworker", TRAINING, "--worker-class", TRAINING_WORKER, "--skip-checks"]
        supervisor.add("training", [*_manage(), *training], env=inherited)
        if settings.MLFLOW_TRACKING_URI:
            supervisor.add("mlflow", [*_manage(), "mlflow_sync"], env=inherited)
        if self.dev:
            # Its package is not installed where nobody develops.
            from classifier_site.one_machine.reloading import restarting_on_changes

            with restarting_on_changes(supervisor, ["web", *workers, "training"], base):
                supervisor.loop()
        else:
            supervisor.loop()
        if supervisor.failure:
            raise StartError(supervisor.failure)
        self.stdout.write("Everything has stopped.")

    def _announce(self, supervisor: Supervisor) -> None:
        """Wait until the site is healthy, and say where it is."""
        deadline = time.monotonic() + HEALTHY_SECONDS
        while True:
            status, health = _health(self.port)
            if status == 200:
                supervisor.say(self._banner(health))
                return
            if time.monotonic() > deadline:
                supervisor.say(
                    f"Not healthy after {HEALTHY_SECONDS} seconds; /health says: {health}"
                )
                return
            time.sleep(1)  # each time it is not healthy yet is an error in the web server's log

    def _banner(self, health: Any) -> str:
        address = f"http://{HOST}:{self.port}"
        model = health.get("model") if isinstance(health, dict) else None
        if isinstance(model, dict):
            model = " ".join(str(model[key]) for key in ("name", "version") if key in model)
        lines = [f"Ready at {address}/"]
        if self.created_admin:
            lines.append(f"Sign in as {FIRST_ADMIN_EMAIL} with the password {FIRST_ADMIN_PASSWORD}")
            lines.append(f"and change it at {address}/accounts")
        else:
            lines.append("Sign in with your own account")
        lines += [f"Model: {model or 'unknown'}", "Press Ctrl-C to stop"]
        return "\n".join(["", *(f"    {line}" for line in lines), ""])

    def _step(self, text: str) -> None:
        self.stdout.write(f"== {text}")
        self.stdout.flush()


def _manage() -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py")]


@contextmanager
def _folder_in_memory(data: Path) -> Iterator[dict[str, str]]:
    """What to set for counters.py; nothing where a folder would be on a disk."""
    if not os.access(MEMORY, os.W_OK):
        yield {}
        return
    prefix = f"classifier-metrics-{sha256(os.fsencode(data)).hexdigest()[:16]}-"
    for left_by_a_killed_run in MEMORY.glob(f"{prefix}*"):
        shutil.rmtree(left_by_a_killed_run, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=MEMORY) as folder:
        yield {"PROMETHEUS_MULTIPROC_DIR": folder}


@contextmanager
def _stoppable() -> Iterator[None]:
    """Both stop signals unwind the stack, so that what has been started is stopped."""

    def stop(number: int, frame: object) -> None:
        raise StopRequested

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _free_port(port: int, patience: float = 3.0) -> int:
    """The port, if a server can listen there. Raises StartError."""
    deadline = time.monotonic() + patience
    while True:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
            try:
                trial.bind((HOST, port))
            except OSError as error:
                # The web server of a killed `up` may still be ending.
                if time.monotonic() > deadline or isinstance(error, PermissionError):
                    raise StartError(
                        f"Port {port} cannot be used ({error.strerror}): "
                        "stop what uses it, or choose another one with PORT."
                    ) from error
            else:
                return port
        time.sleep(0.1)


def _check_room(servers: Servers) -> None:
    first = not (servers.data / "models").is_dir()
    needed = NEEDED_AT_FIRST if first else NEEDED_LATER
    free = shutil.disk_usage(servers.data).free
    if free < needed:
        raise StartError(
            f"The disk of {servers.data} is nearly full: {free // 10**6} MB are free and "
            f"{needed // 10**6} MB are needed. Make room or set CLASSIFIER_DATA to another folder."
        )


def _health(port: int) -> tuple[int, Any]:
    """The status and content of /health, or 0 and why there is none."""
    connection = HTTPConnection(HOST, port, timeout=5)  # no proxy, whatever the environment says
    try:
        connection.request("GET", "/health")
        response = connection.getresponse()
        content = response.read().decode(errors="replace")
    except (OSError, HTTPException) as error:
        return 0, str(error)
    finally:
        connection.close()
    try:
        return response.status, json.loads(content)
    except ValueError:
        return response.status, f"{response.status} {content[:200]}"
