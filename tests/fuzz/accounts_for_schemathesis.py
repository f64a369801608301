"""Loaded by `st` (SCHEMATHESIS_HOOKS): it signs in, and counts what it was answered."""

import json
import os
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import requests
import schemathesis

from tests.fuzz.service import PASSWORD

SITE = os.environ["FUZZ_SITE"]
COUNTS = Path(os.environ["FUZZ_COUNTS"])
numbers = count(int(os.environ["FUZZ_FIRST_ACCOUNT"]))
statuses: Counter[str] = Counter()


@schemathesis.auth(refresh_interval=86_400, retry_on=[401])
class NewAccount:
    """Again when the token is dead: it may have been signed out, or the account deleted."""

    def get(self, case: Any, context: Any) -> str:
        email = f"schemathesis-{next(numbers)}@example.com"
        account = {"email": email, "username": "schemathesis", "password": PASSWORD}
        requests.post(f"{SITE}/users", json=account, timeout=60).raise_for_status()
        credentials = {"username": email, "password": PASSWORD}
        answer = requests.post(f"{SITE}/login", json=credentials, timeout=60)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    statuses[f"{case.method.upper()} {case.path} {response.status_code}"] += 1
    COUNTS.write_text(json.dumps(statuses))
