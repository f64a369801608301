"""A web process that has just started is asked by many at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import requests

from accounts.services import issue_tokens
from tests.pictures import shades


def test_the_first_requests_of_a_process_are_all_accepted(serve, transactional_db, model, user):
    address = serve()
    headers = {
        "Authorization": f"Bearer {issue_tokens(user).access}",
        "Prefer": "respond-async",
    }

    together = Barrier(24)

    def send(file: Any) -> int:
        together.wait()
        answer = requests.post(
            f"{address}/model/predict", headers=headers, files={"file": file}, timeout=30
        )
        return answer.status_code

    with ThreadPoolExecutor(24) as clients:
        assert list(clients.map(send, shades(24))) == [202] * 24
