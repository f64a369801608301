"""A person's journey through the service as it runs: what its log says, and what it never does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from predictions.queueing.queue import QUEUE_NAMES
from tests import workers
from tests.logs import Lines, read
from tests.pictures import picture
from tests.servers import servers

PASSWORD, WRONG = "correct horse battery", "hunter2-is-wrong"
EMAIL = "ada.lovelace@example.com"
ID = {"X-Request-ID": "journey-7f3a"}


class Log:
    def __init__(self, folder: Path) -> None:
        self.web, self.worker = folder / "web.log", folder / "worker.log"

    def text(self) -> str:
        return self.web.read_text() + self.worker.read_text()

    def lines(self) -> Lines:
        return read(self.text())

    def of(self, request_id: str) -> Lines:
        return [line for line in self.lines() if line.get("request_id") == request_id]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


@pytest.fixture
def site(
    transactional_db: None, model: Any, environment: dict[str, str], serve: Any, log: Log
) -> Iterator[str]:
    # The worker of other tests would take some of the pictures.
    alone = {"REDIS_URL": f"{servers.redis_url}?db=4"}
    with workers.running(environment | alone, log.worker, *QUEUE_NAMES):
        yield serve(log=log.web, HTTPS="0", **alone)


def test_a_request_is_followed_to_the_worker_and_no_line_tells_a_secret(site, log):
    person = {"email": EMAIL, "username": "Ada", "password": PASSWORD}
    requests.post(f"{site}/users", json=person, timeout=60).raise_for_status()
    sign_in = {"username": EMAIL, "password": PASSWORD}
    wrong = requests.post(f"{site}/login", json=sign_in | {"password": WRONG}, timeout=60)
    assert wrong.status_code == 401
    tokens = requests.post(f"{site}/login", json=sign_in, timeout=60).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}

    def send(content: Any, **headers: str) -> Any:
        files = {"file": ("secret-holiday.png", content, "image/png")}
        return requests.post(
            f"{site}/model/predict", files=files, headers=bearer | headers, timeout=60
        )

    answered = send(picture().read(), **ID)
    assert answered.status_code == 200, answered.text
    assert answered.headers["X-Request-ID"] == ID["X-Request-ID"]
    known = send(picture().read(), **{"X-Request-ID": "journey-known"})
    assert known.json()["cached"]
    me = requests.get(f"{site}/users/me", headers=bearer, timeout=60).json()
    requests.delete(
        f"{site}/users/{me['id']}",
        headers=bearer,
        json={"current_password": PASSWORD},
        timeout=60,
    ).raise_for_status()

    web, worker = log.of(ID["X-Request-ID"])
    ids = ("user_id", "prediction_id", "inference_id", "job_id", "classifier", "version")
    assert {name: web[name] for name in ids} == {name: worker[name] for name in ids}
    assert (web["route"], web["status"], web["cached"]) == ("/model/predict", 200, False)
    assert (web["prediction_id"], web["user_id"]) == (answered.json()["id"], me["id"])
    assert (worker["outcome"], worker["batch_size"]) == ("answered", 1)
    assert web["duration_ms"] > worker["decode_ms"] + worker["inference_ms"] > 0
    [line] = log.of("journey-known")
    assert (line["cached"], line["job_id"]) == (True, web["job_id"])

    acts = {line["action"]: line for line in log.lines() if "action" in line}
    assert acts["sign_in_failed"]["level"] == "warning"
    assert acts["sign_in_failed"]["address"] == "127.0.0.1"
    assert acts["account_deleted"]["target_id"] == acts["account_deleted"]["actor_id"] == me["id"]

    secrets = [PASSWORD, WRONG, EMAIL, "@example.com", "secret-holiday", "eyJ", "Bearer"]
    secrets += [tokens["access_token"], tokens["refresh_token"], answered.json()["prediction"]]
    assert [secret for secret in secrets if secret in log.text()] == []
    servers = {line["logger"] for line in log.lines()}
    assert {"gunicorn.error", "rq.worker", "accounts.audit"} <= servers
    plain = [line for line in log.text().splitlines() if not line.startswith("{")]
    assert plain == []
