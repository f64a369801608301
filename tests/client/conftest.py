"""`classify` as a person runs it: a process, with a folder for what it keeps."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageEnhance

from tests.conftest import PROJECT
from tests.pictures import IMAGES

PASSWORD = "correct horse"


class Classify:
    def __init__(self, home: Path, **variables: str) -> None:
        self.kept = home / "classify"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("CLASSIFY_")},
            "XDG_CONFIG_HOME": str(home),
            "PYTHONPATH": str(PROJECT / "client"),
            **variables,
        }

    def start(self, *arguments: Any) -> Any:
        return subprocess.Popen(
            [sys.executable, "-m", "classifier_client", *map(str, arguments)],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C works, also where the tests run in the background of a script.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def __call__(self, *arguments: Any, types: str = "") -> Any:
        """Its exit status, what it wrote to stdout, and to stderr."""
        process = self.start(*arguments)
        out, err = process.communicate(types, timeout=120)
        return process.returncode, out, err


@pytest.fixture
def classify(tmp_path: Path) -> Classify:
    return Classify(tmp_path / "home")


@pytest.fixture
def person(user: Any) -> Any:
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def sign_in(classify: Classify, person: Any) -> Callable[[str], None]:
    def sign_in(site: str) -> None:
        status, _, err = classify("login", site, "--email", person.email, types=f"{PASSWORD}\n")
        assert status == 0, err

    return sign_in


@pytest.fixture
def signed_in(classify: Classify, sign_in: Callable[[str], None], live_server: Any) -> Classify:
    sign_in(live_server.url)
    return classify


def photographs(folder: Path, count: int) -> list[Path]:
    """So many different ones: those of the tests, some lighter, some darker."""
    folder.mkdir()
    seen = [
        Image.open(IMAGES / name).convert("RGB").resize((240, 240))
        for name in ("chelsea.png", "coffee.png", "rocket.jpg")
    ]
    paths = []
    for number in range(count):
        light = 0.6 + 0.8 * number / count
        path = folder / f"photograph {number:03}.jpg"
        ImageEnhance.Brightness(seen[number % len(seen)]).enhance(light).save(path, quality=90)
        paths.append(path)
    assert len({path.read_bytes() for path in paths}) == count
    return paths
