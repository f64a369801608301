"""`manage.py up`, as a person runs it: everything in processes of its own, in a new folder."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings

from tests.one_machine.running import Up
from tests.pictures import IMAGES
from tests.ports import free_port
from tests.prometheus import Figures

METRICS_PORT = free_port()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def prepared(data: Path, copy_prepared: Callable[[Path], None]) -> None:
    """Saves those tests time that are about something else than the first start."""
    copy_prepared(data)


@pytest.fixture
def up(data: Path, tmp_path: Path) -> Iterator[Any]:
    """Starts `up`; whatever is still running after the test is ended."""
    started: list[Up] = []

    def start(**environment: str) -> Up:
        started.append(Up(data, tmp_path / f"up-{len(started)}.log", **environment))
        return started[-1]

    yield start
    for run in started:
        if run.process.poll() is None:
            run.stop()


@pytest.fixture(scope="module")
def running(
    copy_prepared: Callable[[Path], None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Up]:
    """One that several tests look at, and that is healthy again after each of them."""
    folder = tmp_path_factory.mktemp("up")
    copy_prepared(folder / "data")
    run = Up(
        folder / "data",
        folder / "log",
        METRICS_PORT=str(METRICS_PORT),
        MLFLOW_TRACKING_URI=f"http://127.0.0.1:{free_port()}",  # nobody answers there
    )
    run.wait_for("Ready at")
    yield run
    assert run.stop() == 0


def sign_in(url: str) -> dict[str, str]:
    answer = requests.post(
        f"{url}/login", data={"username": "admin@example.com", "password": "admin"}, timeout=10
    )
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def classify(url: str, headers: dict[str, str], name: str = "coffee.png") -> Any:
    with (IMAGES / name).open("rb") as file:
        answer = requests.post(
            f"{url}/model/predict", headers=headers, files={"file": file}, timeout=40
        )
    assert answer.status_code == 200, answer.text
    return answer.json()


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_up_starts_classifies_stops_and_finds_its_data_again(up: Any, data: Path) -> None:
    first = up()
    first.wait_for("Ready at")
    output = first.output()
    assert f"http://127.0.0.1:{first.port}" in output
    assert "admin@example.com" in output
    assert "efficientnet-lite0 57934424.5-f32" in output
    assert classify(first.url, sign_in(first.url))["prediction"] == "espresso"

    figures = Figures(requests.get(f"{first.url}/metrics", timeout=10).text)
    asked = {"endpoint": "/model/predict", "method": "POST", "status": "200"}
    assert figures.of("http_requests_total", **asked) == 1
    for stage in ("store", "inference"):  # in the web process, in the worker
        assert figures.of("ml_prediction_duration_seconds_count", stage=stage) == 1

    family = first.family()
    assert len(family) > 4  # database, queue, web and worker at least
    assert first.stop() == 0
    # Workers stay for those whom the site answers still.
    steps = ["stopping web", "web stopped", "stopping worker", "worker stopped"]
    places = [first.output().index(step) for step in steps]
    assert places == sorted(places)
    assert [process for process in family if process.is_running()] == []
    assert not is_listening(first.port)
    assert not list(data.rglob("*.sock")) + list(data.rglob(".s.PGSQL*"))

    second = up()
    second.wait_for("Ready at")
    headers = sign_in(second.url)
    history = requests.get(f"{second.url}/model/predictions", headers=headers, timeout=10).json()
    assert [entry["prediction"] for entry in history] == ["espresso"]
    assert classify(second.url, headers)["cached"] is True
    assert second.stop() == 0


def test_a_process_that_dies_is_reported_and_started_again(running: Up) -> None:
    run = running
    headers = sign_in(run.url)
    for name, words in {"worker": ["rqworker"], "web": ["gunicorn"], "valkey": ["valkey"]}.items():
        run.child(*words).kill()
        run.wait_for(f"{name} died")
        wait_until_healthy(run)
    assert classify(run.url, headers, "chelsea.png")["prediction"] == "tiger_cat"


def wait_until_healthy(run: Up) -> None:
    deadline = time.monotonic() + 60
    while True:
        assert run.process.poll() is None and time.monotonic() < deadline, run.output()
        try:
            if requests.get(f"{run.url}/health", timeout=5).status_code == 200:
                return
        except requests.RequestException:  # a busy machine needs longer to load the site
            pass
        time.sleep(0.1)


def test_an_mlflow_that_cannot_be_reached_is_said_and_stops_nothing(running: Up) -> None:
    running.wait_for("MLflow was not told of the roles of imagenet, next attempt in 15 seconds")
    health = requests.get(f"{running.url}/health", timeout=5)
    assert health.status_code == 200
    assert "MLflow has not been told" in health.json()["detail"]


def test_a_second_up_on_the_same_data_folder_is_refused(running: Up, tmp_path: Path) -> None:
    other = Up(running.data, tmp_path / "log")
    assert other.process.wait(timeout=30) == 1
    assert_one_sentence(other.output(), "already")


def test_the_generated_secret_key_is_readable_by_its_owner_only(running: Up) -> None:
    key = running.data / "secret_key"
    assert len(key.read_text().strip()) >= 50
    assert key.stat().st_mode & 0o077 == 0
    assert settings.SECRET_KEY not in key.read_text()


def test_workers_do_not_open_the_port_for_metrics_where_the_site_tells_the_sum(
    running: Up,
) -> None:
    assert not is_listening(METRICS_PORT)


def test_metrics_are_kept_in_memory_and_removed_even_after_a_kill(
    up: Any, data: Path, prepared: None
) -> None:
    def folders() -> list[Path]:
        key = sha256(os.fsencode(data)).hexdigest()[:16]
        return list(Path("/dev/shm").glob(f"classifier-metrics-{key}-*"))

    killed = up()
    killed.wait_for("Ready at")
    killed.process.kill()
    killed.process.wait()
    (left,) = folders()
    run = up()
    run.wait_for("Ready at")
    assert not left.exists() and len(folders()) == 1
    assert run.stop() == 0
    assert folders() == []


def test_a_port_that_is_taken_is_reported_in_one_sentence(up: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = up(PORT=str(port))
        assert run.process.wait(timeout=30) == 1
    assert_one_sentence(run.output(), str(port))


def test_a_file_in_place_of_the_data_folder_is_reported_in_one_sentence(
    up: Any, data: Path
) -> None:
    data.write_text("a file where the folder should be")
    run = up()
    assert run.process.wait(timeout=30) == 1
    assert_one_sentence(run.output(), str(data))


def test_a_data_folder_that_cannot_be_made_is_reported_in_one_sentence(up: Any) -> None:
    run = up(CLASSIFIER_DATA="/proc/classifier")
    assert run.process.wait(timeout=30) == 1
    assert_one_sentence(run.output(), "/proc/classifier")


def assert_one_sentence(output: str, word: str) -> None:
    assert word in output
    assert "Traceback" not in output
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith("== ")]
    assert len(lines) == 1, output


def test_an_external_database_never_gets_the_default_password(
    up: Any, environment: Any, prepared: None
) -> None:
    run = up(DATABASE_URL=environment["DATABASE_URL"], SECRET_KEY="k" * 50, HTTPS="0")
    run.wait_for("Ready at")
    assert "admin@example.com" not in run.output()
    answer = requests.post(
        f"{run.url}/login",
        data={"username": "admin@example.com", "password": "admin"},
        timeout=10,
    )
    assert answer.status_code == 401
    assert run.stop() == 0


def test_an_external_database_needs_a_secret_key(up: Any, environment: Any, db: None) -> None:
    run = up(DATABASE_URL=environment["DATABASE_URL"])
    assert run.process.wait(timeout=30) == 1
    assert "SECRET_KEY is not set" in run.output()
