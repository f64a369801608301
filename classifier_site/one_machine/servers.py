"""PostgreSQL and Valkey from Python wheels.

No setting of Django is read here: `manage.py` asks before there are any. Both servers listen on
Unix sockets in a folder of ours and nowhere else.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from classifier_site import environment
from classifier_site.environment import one_or_more
from classifier_site.one_machine import data_folder
from classifier_site.one_machine.data_folder import StartError
from classifier_site.one_machine.leftovers import ask_valkey, end_postgres, end_valkey
from classifier_site.one_machine.privileges import Account, account_for
from classifier_site.one_machine.wheels import postgres_program, valkey_program

ROLE = DATABASE = "classifier"
# sun_path holds 108 bytes on Linux and 104 elsewhere; the longest name is PostgreSQL's lock file's.
SOCKET_PATH_BYTES = 100
LONGEST_SOCKET = ".s.PGSQL.5432.lock"
START_SECONDS = 60  # a crash recovery comes before the first answer
STOP_SIGNALS = {"postgres": signal.SIGINT, "valkey": signal.SIGTERM}  # SIGINT: a fast shutdown


class Servers:
    """The embedded servers of one data folder, which must be locked to start them."""

    def __init__(
        self, data: Path, *, postgres: bool = True, valkey: bool = True, durable: bool = True
    ) -> None:
        """Without `durable` nothing survives a crash of the machine, and everything is faster."""
        self.data = data.absolute()
        self.names = ["postgres"] * postgres + ["valkey"] * valkey
        self.durable = durable
        self._socket_home = self.data
        if len(os.fsencode(self.data / "run" / LONGEST_SOCKET)) > SOCKET_PATH_BYTES:
            # Not tempfile.gettempdir(): a shell with another TMPDIR must find the same sockets.
            digest = sha256(os.fsencode(self.data)).hexdigest()[:16]
            self._socket_home = Path(f"/tmp/classifier-{digest}")  # noqa: S108
        self.run_folder = self._socket_home / "run"
        self._cluster = self.data / "postgres" / "cluster"
        self._account = Account(os.geteuid(), os.getegid())
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @classmethod
    def of(cls, environ: MutableMapping[str, str]) -> "Servers":
        """The embedded ones of the servers in a completed environment."""
        servers = cls(data_folder.locate(environ))
        return cls(
            servers.data,
            postgres=environ.get("DATABASE_URL") == servers.database_url,
            valkey=environ.get("REDIS_URL") == servers.redis_url,
        )

    @property
    def database_url(self) -> str:
        return f"postgresql://{ROLE}@{quote(str(self.run_folder), safe='')}:5432/{DATABASE}"

    @property
    def redis_url(self) -> str:
        return f"unix://{quote(str(self._valkey_socket))}"

    @property
    def _valkey_socket(self) -> Path:
        return self.run_folder / "valkey.sock"

    def environment(self) -> dict[str, str]:
        """DATABASE_URL and REDIS_URL, of those that are embedded."""
        urls = {"postgres": self.database_url, "valkey": self.redis_url}
        variables = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
        return {variables[name]: urls[name] for name in self.names}

    def process_environment(self) -> dict[str, str]:
        """The servers' whole environment: none of our secrets, and no PG* variables of the user."""
        return {"PATH": environment.process.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}

    def commands(self) -> dict[str, list[str]]:
        """What to run, in the foreground, after `prepare`."""
        commands = {"postgres": self._postgres_command, "valkey": self._valkey_command}
        return {name: [*self._account.prefix, *commands[name]()] for name in self.names}

    def _postgres_command(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.run_folder}"',
            "unix_socket_permissions": "0700",
            "max_connections": str(self._connections()),
            "log_checkpoints": "off",  # a line every five minutes that nobody on a laptop needs
            # A row that is refused, an email that is taken say, is in neither statement nor detail.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if not self.durable:
            settings |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
        options = [word for item in settings.items() for word in ("-c", "=".join(item))]
        return [str(postgres_program("postgres")), "-D", str(self._cluster), "-p5432", *options]

    @staticmethod
    def _connections() -> int:
        """One for each thread of the web processes and for their checks of health, a few for each
        worker, and somebody's psql.
        """
        web, threads, workers = (
            one_or_more(name, default)
            for name, default in (("WEB_WORKERS", 1), ("WEB_THREADS", 32), ("WORKERS", 1))
        )
        return max(100, web * (threads + 4) + workers * 4 + 20)

    def _valkey_command(self) -> list[str]:
        # The append-only file: pictures that wait when everything is stopped are classified after
        # the next start, at once, and not only when the sweep for lost jobs comes by.
        return [
            str(valkey_program()),
            *("--port", "0", "--unixsocket", str(self._valkey_socket), "--unixsocketperm", "700"),
            *("--dir", str(self.data / "valkey"), "--daemonize", "no", "--loglevel", "warning"),
            *("--save", "", "--appendonly", "yes" if self.durable else "no"),
        ]

    def prepare(self) -> None:
        """Creates folders and the database; cleans up after a killed run. Raises StartError."""
        if not self.names:
            return
        data_folder.make(self.data)
        try:
            self._make_folders()
            if "postgres" in self.names:
                end_postgres(self._cluster, self.run_folder)
                self._make_database()
            if "valkey" in self.names:
                end_valkey(self._valkey_socket)
        except OSError as error:
            raise StartError(
                f"The database in {self.data} cannot be prepared ({error.strerror}: "
                f"{error.filename or self.data})."
            ) from error

    def _make_folders(self) -> None:
        if self._socket_home != self.data:
            self._socket_home.mkdir(mode=0o700, exist_ok=True)
            status = self._socket_home.lstat()
            if status.st_uid != os.geteuid() or status.st_mode & 0o170077 != 0o040000:
                raise StartError(
                    f"{self._socket_home} is not a private folder of yours: remove it, "
                    "or set CLASSIFIER_DATA to a shorter path."
                )
        (self.data / "log").mkdir(mode=0o700, exist_ok=True)
        folders = [self.run_folder, *(self.data / name for name in self.names)]
        for folder in folders:
            folder.mkdir(mode=0o700, exist_ok=True)
        first = postgres_program("postgres") if "postgres" in self.names else valkey_program()
        self._account = account_for(self.data / self.names[0], self.run_folder, program=first)
        for folder in folders:
            self._account.own(folder)

    def _make_database(self) -> None:
        """Creates the cluster in a temporary place and moves it, so that it is never incomplete."""
        version = self._cluster / "PG_VERSION"
        if version.exists():
            self._check_version(version.read_text().strip())
            return
        half_made = self._cluster.with_name("half-made")
        shutil.rmtree(half_made, ignore_errors=True)
        # The builtin locale sorts and folds case alike on every machine.
        options = f"--username={ROLE} --auth=trust --encoding=UTF8 --locale=C".split()
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += [] if self.durable else ["--no-sync"]
        self._run("initdb", "-D", str(half_made), *options)
        create = f"CREATE DATABASE {DATABASE};\n"
        self._run("postgres", "--single", "-D", str(half_made), "postgres", stdin=create)
        half_made.rename(self._cluster)

    def _check_version(self, found: str) -> None:
        ours = self._run("postgres", "--version").split()[-1].split(".")[0]
        if found != ours:
            raise StartError(
                f"The database in {self._cluster} was made by PostgreSQL {found} and this is "
                f"PostgreSQL {ours}: migrate it with pg_dump and pg_restore, "
                "or set CLASSIFIER_DATA to another folder."
            )

    def _run(self, program: str, *arguments: str, stdin: str = "") -> str:
        command = [*self._account.prefix, str(postgres_program(program)), *arguments]
        result = subprocess.run(  # noqa: S603
            command,
            input=stdin,
            capture_output=True,
            text=True,
            cwd="/",
            env=self.process_environment(),
            start_new_session=True,  # Ctrl-C is for us; an incomplete cluster is removed next time
        )
        if result.returncode:
            reason = (result.stderr.strip().splitlines() or [f"status {result.returncode}"])[-1]
            raise StartError(f"The database in {self.data} cannot be created: {reason}")
        return result.stdout

    def ready(self) -> bool:
        """Whether every server answers."""
        return all(self._answers(name) for name in self.names)

    def _answers(self, name: str) -> bool:
        if name == "valkey":
            return ask_valkey(self._valkey_socket, b"PING").startswith(b"+PONG")
        # pg_ctl also waits for the eighth line of the pid file, which `prepare` removes if it is
        # stale. A test connection would log an error each time it comes too early.
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].startswith("ready")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Runs the servers for a `with` block."""
        try:
            self.start()
            yield
        finally:
            self.stop()

    def start(self) -> None:
        """Prepares and starts the servers, and returns when they answer. Raises StartError."""
        self.prepare()
        try:
            self._start()
        except StartError:
            # The backends of a PostgreSQL that was killed take a moment to notice it.
            time.sleep(1)
            self._start()

    def _start(self) -> None:
        for name, command in self.commands().items():
            with open(self._log(name), "wb") as log:
                self._processes[name] = subprocess.Popen(  # noqa: S603
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=self.process_environment(),
                    start_new_session=True,  # a Ctrl-C must not stop them before their clients
                )
        deadline = time.monotonic() + START_SECONDS
        while not self.ready():
            for name, process in self._processes.items():
                if process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise StartError(self._complaint(name))
            time.sleep(0.02)

    def stop(self) -> None:
        """Stops what `start` started, Valkey first, and waits for it."""
        for name, process in reversed(self._processes.items()):
            process.send_signal(STOP_SIGNALS[name])
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
            process.kill()
            process.wait()
        self._processes.clear()

    def _log(self, name: str) -> Path:
        return self.data / "log" / f"{name}.log"

    def _complaint(self, name: str) -> str:
        lines = self._log(name).read_text(errors="replace").strip().splitlines()
        errors = [line for line in lines if "FATAL" in line or "ERROR" in line]
        reason = (errors or lines or ["no output"])[-1]
        return f"The embedded {name} server does not start: {reason} (see {self._log(name)})"
