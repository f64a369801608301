"""The whole service, as `manage.py up` runs it, with limits that a fuzzer does not come near."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from benchmarks.service import Running, service

PASSWORD = "a long enough one"
ENVIRONMENT = {
    "ACCESS_TOKEN_MINUTES": "600",
    # Thousands of requests come from one address; limits have their own tests.
    "THROTTLE_LOGIN": "",
    "THROTTLE_SIGNUP": "",
    "THROTTLE_READ": "",
    "THROTTLE_FEEDBACK": "",
    "THROTTLE_EXPORT": "",
}


@contextmanager
def fuzzed(log: Path) -> Iterator[Running]:
    """Its data are in the folder of its log."""
    with service(log.parent, log=log, **ENVIRONMENT) as running:
        yield running


class Person(requests.Session):
    """An account of its own: a token for the API, and a cookie for the pages."""

    def __init__(self, running: Running, email: str) -> None:
        super().__init__()
        self.trust_env = False  # no proxy
        self.site = f"http://127.0.0.1:{running.port}"
        body = {"email": email, "username": email.partition("@")[0], "password": PASSWORD}
        self.post(f"{self.site}/users", json=body, timeout=60).raise_for_status()
        self.sign_in(email)

    def sign_in(self, email: str) -> None:
        body = {"username": email, "password": PASSWORD}
        answer = self.post(f"{self.site}/login", json=body, timeout=60)
        answer.raise_for_status()
        self.bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        page = f"{self.site}/accounts/login"
        self.get(page, timeout=60).raise_for_status()
        self.post(page, data=body, headers=self.csrf(), timeout=60).raise_for_status()

    def csrf(self) -> dict[str, str]:
        """What a page's form sends with its cookies."""
        token = next(value for name, value in self.cookies.items() if "csrftoken" in name)
        return {"X-CSRFToken": token, "Referer": self.site}


def tracebacks(log: Path) -> list[str]:
    """What the service's own log has of them: the lines before and after the first of each."""
    lines = log.read_text(errors="replace").splitlines()
    starts = [number for number, line in enumerate(lines) if "Traceback (most recent" in line]
    return ["\n".join(lines[max(0, at - 3) : at + 40]) for at in starts]
