"""Sites with short patience, and whether they serve others."""

from functools import cache

import psutil
import pytest
import requests

from accounts.services import issue_tokens
from tests.pictures import photograph
from tests.serving import CONFIGURATION

SOON = 5  # seconds; an answer that a slow client delays comes much later, or not at all


@pytest.fixture(scope="module")
def configured(serve, tmp_path_factory):
    """A site with four threads that waits two seconds, and has these lines besides."""

    @cache
    def start(*lines: str) -> str:
        configuration = tmp_path_factory.mktemp("site") / "gunicorn.conf.py"
        shorter = [
            CONFIGURATION.read_text(),
            "from foundation.web import buffering_worker, client_socket",
            "client_socket.SECONDS_BEHIND = 2",
            *lines,
        ]
        configuration.write_text("\n".join(shorter))
        return serve(configuration, WEB_THREADS="4")

    return start


@pytest.fixture
def authorization(user) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_tokens(user).access}"}


@pytest.fixture
def assert_others_are_served(model, authorization):
    def look(site: str) -> None:
        assert requests.get(f"{site}/health/live", timeout=SOON).ok
        assert requests.get(f"{site}/accounts/login", timeout=SOON).ok
        answer = requests.post(
            f"{site}/model/predictions",
            files={"file": photograph()},
            headers=authorization,
            timeout=SOON,
        )
        assert answer.status_code == 202

    return look


def process_of(site: str) -> psutil.Process:
    """The one of gunicorn's that answers."""
    port = int(site.rpartition(":")[2])
    for process in psutil.Process().children():
        if any(at.laddr.port == port for at in process.net_connections()):
            return process.children()[0]
    raise AssertionError("There is no such process.")
