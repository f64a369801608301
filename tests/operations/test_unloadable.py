"""A worker that cannot have its model: what its log, `/health`, status and doctor say."""

import subprocess
from io import StringIO

import pytest
from django.core.management import call_command

from classifier_site.operations.doctor import workers
from predictions.queueing import unloadable
from predictions.queueing.queue import QUEUE_NAMES
from tests.conftest import PROJECT
from tests.operations.doctor.finding import one
from tests.ports import free_port
from tests.workers import RQWORKER

UNREACHABLE = f"s3://pictures/site?region=us-east-1&endpoint=http://127.0.0.1:{free_port()}"


@pytest.mark.usefixtures("transactional_db", "model")
def test_a_worker_that_cannot_fetch_its_model_says_so_everywhere(
    environment, other_queue, client, settings, tmp_path
):
    done = subprocess.run(
        [*RQWORKER, *QUEUE_NAMES],
        cwd=PROJECT,
        env=environment
        | {
            "CLASSIFIER_DATA": str(tmp_path),
            "REDIS_URL": settings.REDIS_URL,
            "MEDIA_URL": UNREACHABLE,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
        },
        capture_output=True,
        text=True,
    )
    missing = "is not on this machine, and cannot be fetched from s3://pictures/site/models: "
    assert done.returncode == 1
    assert missing in done.stderr and "Traceback" not in done.stderr

    response = client.get("/health")
    assert response.status_code == 503
    assert response.json()["detail"] == (
        "No worker is running. A worker cannot load a model; `manage.py doctor` says why."
    )
    call_command("status", stdout=(said := StringIO()))
    assert "A worker cannot load a model. " in said.getvalue()
    assert missing in one(workers.models_loaded, "A worker cannot load a model").says

    other_queue.connection.delete(unloadable.KEY)
    assert client.get("/health").json()["detail"] == "No worker is running."
    assert list(workers.models_loaded()) == []
