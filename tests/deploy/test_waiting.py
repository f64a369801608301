"""What the chart's pods wait for before they start, run as a pod runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from predictions.classifiers import ModelVersion
from tests.conftest import PROJECT
from tests.deploy.rendered import pods, rendered


@pytest.fixture
def may_start(transactional_db, environment):
    """Whether a pod of the component stops waiting now."""

    def try_once(component, **variables):
        [waiting] = pods(rendered("minimal-values.yaml"))[component]["initContainers"]
        [shell, option, script] = waiting["command"]
        once = script.replace("sleep 5", "exit 1")
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        done = subprocess.run(
            [shell, option, once],
            cwd=PROJECT,
            env={**environment, **variables, "PATH": path},
            capture_output=True,
            timeout=120,
        )
        return done.returncode == 0

    return try_once


def test_a_worker_waits_for_a_model(may_start, model):
    assert may_start("worker")
    ModelVersion.objects.update(role=ModelVersion.Role.RETIRED)
    assert not may_start("worker")
    assert may_start("web")


def test_pods_wait_for_the_migrations_and_the_server(may_start, environment):
    empty = environment["DATABASE_URL"].rpartition("/")[0] + "/postgres"
    assert not may_start("web", DATABASE_URL=empty)
    assert not may_start("web", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
