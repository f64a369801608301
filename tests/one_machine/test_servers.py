"""The embedded PostgreSQL and Valkey, started for real in folders of all kinds."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from classifier_site.one_machine import data_folder
from classifier_site.one_machine.data_folder import StartError
from classifier_site.one_machine.environment import complete_environment
from classifier_site.one_machine.servers import SOCKET_PATH_BYTES, Servers
from tests.conftest import PROJECT

HOLD = """
import sys, time
from pathlib import Path
from classifier_site.one_machine.servers import Servers
Servers(Path(sys.argv[1]), durable=True).start()
print("up", flush=True)
time.sleep(600)
"""

pytestmark = pytest.mark.heavy


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A folder that nobody else can pass, as `mktemp -d` makes them."""
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def servers(private: Path) -> Iterator[Servers]:
    servers = Servers(private / "data", durable=False)
    yield servers
    servers.stop()


def query(servers: Servers, text: str) -> object:
    connection = psycopg2.connect(servers.environment()["DATABASE_URL"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_creates_the_database_and_the_next_finds_it(servers: Servers) -> None:
    with servers.running():
        query(servers, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert query(servers, "SHOW server_encoding") == "UTF8"
        assert query(servers, "SELECT lower('ÄÉ')") == "äé"
    with servers.running():
        assert query(servers, "SELECT answer FROM kept") == 42


def test_the_servers_do_not_listen_on_the_network(servers: Servers) -> None:
    with servers.running():
        assert query(servers, "SHOW listen_addresses") == ""
        queue = redis.Redis.from_url(servers.environment()["REDIS_URL"])
        assert queue.config_get("port") == {"port": "0"}
        queue.close()


def test_what_a_refused_row_says_is_not_in_the_log(servers: Servers) -> None:
    servers.start()
    query(servers, "CREATE TABLE person (email text UNIQUE)")
    query(servers, "INSERT INTO person VALUES ('ada@example.com')")
    with pytest.raises(psycopg2.IntegrityError):
        query(servers, "INSERT INTO person VALUES ('ada@example.com')")
    log = (servers.data / "log" / "postgres.log").read_text()
    assert "duplicate key value" in log
    assert "ada@example.com" not in log


def test_queued_jobs_survive_a_restart(private: Path) -> None:
    servers = Servers(private / "data", postgres=False)
    assert servers.names == ["valkey"]
    for expected in (None, b"waiting"):
        with servers.running(), redis.Redis.from_url(servers.redis_url) as queue:
            assert queue.get("job") == expected
            queue.set("job", "waiting")


def test_the_data_folder_is_private_and_its_parents_keep_their_mode(
    servers: Servers, private: Path
) -> None:
    before = {folder: (mode(folder), folder.stat().st_uid) for folder in (private, private.parent)}
    with servers.running():
        assert query(servers, "SELECT 1") == 1
    assert before == {folder: (mode(folder), folder.stat().st_uid) for folder in before}
    assert mode(servers.data) == 0o700
    assert servers.data.stat().st_uid == os.geteuid()
    assert mode(servers.run_folder) == 0o700


def test_the_servers_run_without_root_rights_and_secrets(servers: Servers) -> None:
    with servers.running():
        for process in servers._processes.values():
            lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
            assert status["Uid"].split()[0] != "0"
            assert int(status["CapEff"], 16) in (0, 1 << 1, 1 << 2)
            if os.geteuid() == 0:  # who is not root has nothing to give away
                assert int(status["CapBnd"], 16) == int(status["CapEff"], 16)
            environ = Path(f"/proc/{process.pid}/environ").read_bytes()
            assert b"SECRET_KEY" not in environ


def test_the_remains_of_an_interrupted_first_start_are_removed(servers: Servers) -> None:
    half_made = servers.data / "postgres" / "half-made"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    with servers.running():
        assert query(servers, "SELECT 1") == 1
    assert [path.name for path in half_made.parent.iterdir()] == ["cluster"]


@pytest.mark.parametrize("survivors", [True, False], ids=["servers live on", "servers died too"])
def test_the_servers_start_after_everything_was_killed(private: Path, survivors: bool) -> None:
    data = private / "data"
    run = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data)], cwd=PROJECT, stdout=subprocess.PIPE
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"up\n"
    children = [int(pid) for pid in child_pids(run.pid)]
    assert len(children) == 2
    query(Servers(data), "CREATE TABLE kept AS SELECT 42 AS answer")
    run.kill()
    run.wait()
    run.stdout.close()
    if not survivors:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
    servers = Servers(data)
    with servers.running():
        assert query(servers, "SELECT answer FROM kept") == 42
    wait_until_gone(children)


def test_a_pid_file_that_names_another_program_is_ignored(servers: Servers) -> None:
    with servers.running():
        pass
    pid_file = servers.data / "postgres" / "cluster" / "postmaster.pid"
    stranger = subprocess.Popen(["sleep", "60"])
    pid_file.write_text(f"{stranger.pid}\n{pid_file.parent}\n0\n5432\n\n\n\nready   \n")
    try:
        with servers.running():
            assert query(servers, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_long_path_uses_a_short_private_folder_for_sockets(private: Path) -> None:
    servers = Servers(private / ("long" * 30) / "data", durable=False)
    home = servers.run_folder.parent
    try:
        with servers.running():
            assert query(servers, "SELECT 1") == 1
            assert len(str(servers.run_folder)) < SOCKET_PATH_BYTES
            assert mode(home) == 0o700
            assert home.stat().st_uid == os.geteuid()
        home.chmod(0o777)
        with pytest.raises(StartError, match="not a private folder of yours"):
            servers.prepare()
    finally:
        for entry in (*servers.run_folder.glob("*"), *servers.run_folder.glob(".*")):
            entry.unlink()
        servers.run_folder.rmdir()
        home.rmdir()


def test_a_path_with_a_space_and_capitals_works(private: Path) -> None:
    servers = Servers(private / "My Data", durable=False)
    with servers.running(), redis.Redis.from_url(servers.redis_url) as queue:
        assert query(servers, "SELECT 1") == 1
        assert queue.ping()


def test_the_environment_is_completed_for_up_and_then_for_a_shell_beside_it(private: Path) -> None:
    data = private / "data"
    shell = {"CLASSIFIER_DATA": str(data)}
    complete_environment(shell, create=False)
    assert shell == {"CLASSIFIER_DATA": str(data)}
    assert not data.exists()

    up = {"CLASSIFIER_DATA": str(data)}
    complete_environment(up, create=True)
    assert len(up["SECRET_KEY"]) >= 50
    assert mode(data / "secret_key") == 0o600
    assert up["HTTPS"] == "0"
    assert up["CLASSIFIER_EMBEDDED_DATABASE"] == "1"
    assert Servers.of(up).names == ["postgres", "valkey"]

    (data / "valkey").mkdir()  # as a start would
    complete_environment(shell, create=False)
    assert up["LOG_FORMAT"] == "console"
    assert shell == {name: up[name] for name in shell}


def test_no_secret_key_is_generated_for_an_external_database(private: Path) -> None:
    given = {
        "CLASSIFIER_DATA": str(private),
        "DATABASE_URL": "postgres://elsewhere/classifier",
        "CLASSIFIER_EMBEDDED_DATABASE": "1",
    }
    environ = dict(given)
    complete_environment(environ, create=True)
    assert "SECRET_KEY" not in environ
    assert "HTTPS" not in environ
    assert "CLASSIFIER_EMBEDDED_DATABASE" not in environ
    assert environ["DATABASE_URL"] == given["DATABASE_URL"]
    assert Servers.of(environ).names == ["valkey"]
    assert list(private.iterdir()) == []


def test_the_data_folder_is_beside_the_code_by_default() -> None:
    assert data_folder.locate({}) == data_folder.locate({"CLASSIFIER_DATA": ""}) == PROJECT / "var"
    assert data_folder.locate({"CLASSIFIER_DATA": "/srv/pictures"}) == Path("/srv/pictures")


def test_a_data_folder_is_locked_by_one_process(private: Path) -> None:
    with (
        data_folder.lock(private),
        pytest.raises(StartError, match="already using"),
        data_folder.lock(private, 0.2),
    ):
        pass
    with data_folder.lock(private, 0):
        assert list(private.iterdir()) == []


def test_a_data_folder_that_cannot_be_made_is_reported_in_one_sentence(private: Path) -> None:
    (private / "file").touch()
    with pytest.raises(StartError, match=r"cannot be written.*CLASSIFIER_DATA"):
        data_folder.make(private / "file" / "data")


def test_the_error_of_a_server_that_does_not_start_says_why(servers: Servers) -> None:
    with servers.running():
        pass
    (servers.data / "postgres" / "cluster" / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(StartError, match=r"postgres server does not start.*postgresql\.conf"):
        servers.start()


def test_a_database_of_another_postgresql_version_is_left_alone(servers: Servers) -> None:
    servers.prepare()
    (servers.data / "postgres" / "cluster" / "PG_VERSION").write_text("17\n")
    with pytest.raises(StartError, match="made by PostgreSQL 17 and this is PostgreSQL 18"):
        servers.start()


def child_pids(pid: int) -> list[str]:
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True).stdout
    pairs = (line.split() for line in listing.splitlines())
    return [child for child, parent in pairs if parent == str(pid)]


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    for pid in pids:
        while alive(pid):
            assert time.monotonic() < deadline, f"{pid} still runs"
            time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits for its parent does not."""
    listing = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return listing.stdout.strip()[:1] not in ("", "Z")


def test_postgresql_has_a_connection_for_each_thread(servers: Servers, monkeypatch) -> None:
    for name, value in (("WEB_WORKERS", "3"), ("WEB_THREADS", "64"), ("WORKERS", "2")):
        monkeypatch.setenv(name, value)
    with servers.running():
        assert int(str(query(servers, "SHOW max_connections"))) >= 3 * 64 + 2
