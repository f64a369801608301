"""Whether it lives the site says however busy its threads are."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.pictures import photograph

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_says_while_all_threads_hang_at_the_database(serve, silent_port):
    site = serve(DATABASE_URL=f"postgres://nobody@127.0.0.1:{silent_port}/nothing", WEB_THREADS="2")
    with ThreadPoolExecutor(8) as people:
        asked = [
            people.submit(
                requests.post,
                f"{site}/login",
                json={"username": "a@b.org", "password": "x"},
                timeout=60,
            )
            for _ in range(8)
        ]
        time.sleep(1)
        assert requests.get(f"{site}/health/live", timeout=60).ok
        assert not any(future.done() for future in asked)


def test_it_says_while_all_threads_wait_for_predictions(serve, settings, model, authorization):
    site = serve(REDIS_URL=f"{settings.REDIS_URL}?db=1", WEB_THREADS="2", PREDICT_TIMEOUT="4")
    with ThreadPoolExecutor(2) as people:
        asked = [
            people.submit(
                requests.post,
                f"{site}/model/predict",
                files={"file": photograph(name)},
                headers=authorization,
                timeout=60,
            )
            for name in ("coffee.png", "chelsea.png")
        ]
        time.sleep(1)
        assert requests.head(f"{site}/health/live", timeout=60).ok
        assert not any(future.done() for future in asked)
