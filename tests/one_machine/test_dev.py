"""`make dev` and `make shell`, as a developer uses them, in a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import PROJECT
from tests.one_machine.running import OURS, Up
from tests.one_machine.test_up import classify, sign_in

PACKAGES = (
    "accounts",
    "classifier_site",
    "feedback",
    "foundation",
    "learning",
    "predictions",
    "review",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy whose files a test can change."""
    copy = tmp_path_factory.mktemp("dev") / "project"
    no_caches = shutil.ignore_patterns("__pycache__")
    for name in (*PACKAGES, "templates", "static", "locale"):
        shutil.copytree(PROJECT / name, copy / name, ignore=no_caches)
    shutil.copy(PROJECT / "manage.py", copy)
    return copy


@pytest.fixture(scope="module")
def dev(project: Path, copy_prepared: Callable[[Path], None]) -> Iterator[Up]:
    """One for both tests, the second of which stops it."""
    data = project.parent / "data"
    copy_prepared(data)
    run = Up(data, project.parent / "log", project, ["--dev"])
    run.wait_for("Ready at")
    yield run
    if run.process.poll() is None:
        run.stop()


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def wait_until_it_says(url: str, text: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if text in requests.get(url, timeout=10).text:
                return
        except requests.RequestException:
            pass  # it is being started again
        assert time.monotonic() < deadline, f"{url} does not say {text!r}"
        time.sleep(0.2)


def starts(run: Up, name: str) -> int:
    return len(re.findall(rf"{name} started \(pid", run.output()))


def test_changes_to_templates_styles_and_code_are_seen_without_a_restart(
    dev: Up, project: Path
) -> None:
    sign_in_page = f"{dev.url}/accounts/login"
    assert "Skip to content" in requests.get(sign_in_page, timeout=30).text
    change(project / "templates/base.html", "Skip to content", "Go straight to the content")
    assert "Go straight to the content" in requests.get(sign_in_page, timeout=30).text
    change(project / "static/site.css", "footer {", "/* as it was saved */ footer {")
    assert "as it was saved" in requests.get(f"{dev.url}/static/site.css", timeout=30).text
    assert (starts(dev, "web"), starts(dev, "worker")) == (1, 1)

    view = project / "classifier_site/operations/health.py"
    change(view, '{"status": "alive"})', '{"status": "changed"})')
    wait_until_it_says(f"{dev.url}/health/live", "changed")
    dev.wait_for("== classifier_site/operations/health.py has changed")

    before = starts(dev, "worker")
    worker = project / "predictions/queueing/worker.py"
    worker.write_text(worker.read_text() + '\nprint("worker.py as it was saved")\n')
    dev.wait_for("| worker.py as it was saved")
    assert starts(dev, "worker") == before + 1
    assert classify(dev.url, sign_in(dev.url))["prediction"] == "espresso"


def test_the_shell_has_the_data_with_and_without_a_running_site(dev: Up, project: Path) -> None:
    def count_users() -> str:
        environment = {name: value for name, value in os.environ.items() if name not in OURS}
        result = subprocess.run(
            [sys.executable, "manage.py", "shell", "-c", "print('users:', User.objects.count())"],
            cwd=project,
            env=environment | {"CLASSIFIER_DATA": str(dev.data)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    assert "users: 1" in count_users()
    assert dev.stop() == 0
    assert "users: 1" in count_users()
    assert not list(dev.data.glob("**/postmaster.pid"))
