"""docker-compose.yml: what can be seen of it without Docker."""

import os
import re
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
import redis
import yaml
from limits import RateLimitItemPerSecond

from classifier_site.one_machine.wheels import valkey_program
from foundation.web.throttles import limiter_at
from tests.conftest import PROJECT
from tests.ports import free_port

TEXT = (PROJECT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(TEXT)["services"]
PASSWORD = "0123456789abcdef"
UNITS = {"m": 1, "g": 1024}


def megabytes(size: str) -> int:
    return int(size[:-1]) * UNITS[size[-1]]


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_has_limits(name):
    service = SERVICES[name]
    assert megabytes(service["mem_limit"]) > 0
    assert service["pids_limit"] > 0
    assert service["cpus"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_full_tmpfs_does_not_kill_its_service(name):
    """What is in one counts as the container's memory."""
    sizes = re.findall(r"size=(\w+)", str(SERVICES[name].get("tmpfs")))
    assert megabytes(SERVICES[name]["mem_limit"]) - sum(map(megabytes, sizes)) >= 512


def test_third_party_images_are_pinned_by_digest_with_their_tag():
    images = re.findall(r"^ +image: (.+)$", TEXT, re.M)
    foreign = [image for image in images if not image.startswith("classifier-")]
    assert len(foreign) == 11
    for image in foreign:
        assert re.fullmatch(r"[\w./-]+@sha256:[0-9a-f]{64} # [\w.-]+", image), image
    dockerfile = (PROJECT / "Dockerfile").read_text()
    assert re.search(r"^# 3\.12[\w.-]+\nARG PYTHON=python@sha256:[0-9a-f]{64}$", dockerfile, re.M)


def test_what_the_images_install_from_is_let_through_to_them():
    dockerfile = (PROJECT / "Dockerfile").read_text()
    copied = " ".join(re.findall(r"^COPY (requirements.*) \./$", dockerfile, re.M)).split()
    assert {"requirements-mlflow.txt", "requirements-int8.txt"} <= {*copied}
    allowed = (PROJECT / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied} - set(allowed) == set()


def test_all_of_the_code_is_let_through_to_the_images():
    code = re.search(r"^CODE := (.+)$", (PROJECT / "Makefile").read_text(), re.M)[1].split()
    allowed = (PROJECT / ".dockerignore").read_text().splitlines()
    of_the_service = {name for name in code if not name.startswith("client/")}
    assert {f"!{name}" for name in of_the_service} - set(allowed) == set()


def test_only_this_machine_reaches_what_has_no_password():
    watching = {name for name in SERVICES if SERVICES[name].get("profiles") == ["monitoring"]}
    assert watching > {"prometheus", "grafana", "jaeger"}
    for name in watching:
        for port in SERVICES[name].get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_prometheus_and_grafana_say_which_setting_they_miss():
    start = PROJECT / "deploy" / "prometheus" / "start.sh"
    command = [word.replace("$$", "$") for word in SERVICES["grafana"]["entrypoint"]]
    for words, name in ((["sh", str(start)], "METRICS_TOKEN"), (command, "GRAFANA_PASSWORD")):
        done = subprocess.run(
            words, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 1
        assert f"Set {name} in .env" in done.stderr


def test_required_settings_are_empty_in_the_example():
    example = (PROJECT / ".env.example").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", TEXT))
    assert required == {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}
    for name in required:
        assert f"\n{name}=\n" in example


IN_S3 = "'s3://bucket/site?region=x&endpoint=https://s3.example.org'"


@pytest.mark.parametrize(
    ("said", "opened", "reaching"),
    [
        ("", set(), set()),
        (f"MEDIA_URL={IN_S3}", {"storage"}, {"worker", "training", "backup"}),
        (f"BACKUP_URL={IN_S3}", {"backups"}, {"backup"}),
    ],
)
def test_networks_are_open_for_s3_alone(said, opened, reaching):
    """As compose reads the example, of whose operators a shell has those that are used."""
    networks = yaml.safe_load(TEXT)["networks"]
    example = (PROJECT / ".env.example").read_text()
    read = re.sub(f"^#{said.partition('=')[0]}=$", lambda _: said, example, flags=re.M)
    assert said in read
    shown = (f'echo "{name} {(of or {}).get("internal")}"' for name, of in networks.items())
    script = "\n".join([read, *shown])
    done = subprocess.run(["sh", "-c", script], env={}, capture_output=True, text=True, check=True)
    found = dict(line.split() for line in done.stdout.splitlines())
    assert found == {
        "servers": "True",
        "outside": "None",
        **{name: str(name not in opened).lower() for name in ("storage", "backups")},
    }
    assert {name for name in SERVICES if opened & {*SERVICES[name]["networks"]}} == reaching


@pytest.fixture
def server(tmp_path):
    """The command of `redis`, with Valkey under that name at a port of ours: process and port."""
    port = free_port()
    program = tmp_path / "redis-server"
    ours = f"--bind 127.0.0.1 --port {port} --dir {tmp_path}"
    program.write_text(f'#!/bin/sh\nexec {valkey_program()} {ours} "$@"\n')
    program.chmod(0o755)
    # As compose reads them: two dollar signs are one, and the variable is from .env.
    command = [word.replace("$$", "$") for word in SERVICES["redis"]["command"]]
    environment = dict.fromkeys(SERVICES["redis"]["environment"], PASSWORD)
    path = f"{tmp_path}:{os.environ['PATH']}"
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env={**os.environ, **environment, "PATH": path}, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 30
        while "Ready to accept connections" not in (tmp_path / "log").read_text():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        yield process, port
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        process.wait(timeout=30)


def test_redis_requires_the_password(server):
    _, port = server
    for url in (f"redis://127.0.0.1:{port}/0", f"redis://:wrong@127.0.0.1:{port}/0"):
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(url).ping()


def test_the_service_reaches_redis_with_the_password(server):
    _, port = server
    pattern = SERVICES["web"]["environment"]["REDIS_URL"]
    url = re.sub(r"\$\{REDIS_PASSWORD:.*?\}", PASSWORD, pattern).replace(
        "redis:6379", f"127.0.0.1:{port}"
    )
    assert limiter_at(url).hit(RateLimitItemPerSecond(1), "somebody")
    with redis.Redis.from_url(f"{url}?socket_connect_timeout=3") as connection:
        assert connection.config_get("maxmemory") == {"maxmemory": str(256 * 1024**2)}
        assert connection.config_get("appendonly") == {"appendonly": "yes"}


def test_the_password_is_not_in_the_list_of_processes(server):
    process, _ = server
    arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
    assert "valkey-server" in arguments
    assert PASSWORD not in arguments


def test_the_health_check_does_not_contain_the_password():
    assert "PASSWORD" not in str(SERVICES["redis"]["healthcheck"])
    assert "REDISCLI_AUTH" in SERVICES["redis"]["environment"]


def test_redis_stops_on_sigterm(server):
    process, _ = server
    process.terminate()
    assert process.wait(timeout=30) == 0
