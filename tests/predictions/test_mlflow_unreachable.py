"""MLflow that cannot be reached, or that is not set, is in nobody's way."""

import io
import logging
import sys
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from predictions.mlflow import outbox, sending
from predictions.mlflow.client import connect
from predictions.mlflow.models import Pending
from tests.ports import free_port
from tests.predictions.client import predict
from tests.predictions.versions import promote, version_like

pytestmark = pytest.mark.django_db
NOTE = "MLflow has not been told of all changes of models."


@pytest.fixture
def unreachable(settings, model):
    settings.MLFLOW_TRACKING_URI = f"http://127.0.0.1:{free_port()}"


def status():
    output = io.StringIO()
    call_command("mlflow_sync", "--status", stdout=output)
    return output.getvalue().strip()


def test_roles_change_and_pictures_are_answered(unreachable, worker, model, api, client):
    newer = version_like(model, "newer")
    promote(newer)
    with pytest.raises(CommandError, match="Waiting for MLflow: 2, since"):
        call_command("mlflow_sync", "--once")
    assert predict(api).json()["model"]["version"] == "newer"
    health = client.get("/health")
    assert (health.status_code, health.json()["detail"]) == (200, NOTE)
    assert health.json()["status"] == "healthy"


def test_it_is_tried_again_after_growing_pauses_which_the_log_says(unreachable, model, caplog):
    promote(version_like(model, "newer"))
    Pending.objects.exclude(version=None).delete()
    pauses = []
    for _ in range(12):
        Pending.objects.update(due_at=timezone.now())
        with caplog.at_level(logging.WARNING):
            assert sending.send_next(connect()) is True
        pauses.append((Pending.objects.get().due_at - timezone.now()).total_seconds())
        assert sending.send_next(connect()) is False
    assert [round(pause, -1) for pause in pauses[:4]] == pytest.approx([15, 30, 60, 120], abs=5)
    assert max(pauses) <= 3600
    assert Pending.objects.get().attempts == 12
    assert "MLflow was not told of the roles of imagenet, next attempt in 15 seconds" in caplog.text
    assert "Connection refused" in status()


def test_a_change_that_nobody_sends_is_late_after_ten_minutes(unreachable, model):
    promote(version_like(model, "newer"))
    assert not outbox.is_late()
    Pending.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    assert outbox.is_late()


def test_what_is_undone_is_not_told(unreachable, model):
    with suppress(ZeroDivisionError), transaction.atomic():
        promote(version_like(model, "newer"))
        assert Pending.objects.count() == 2
        1 / 0  # noqa: B018
    assert status() == "MLflow has been told everything."


def test_without_an_mlflow_nothing_waits_and_the_command_says_so(model):
    promote(version_like(model, "newer"))
    assert not Pending.objects.exists()
    for command in (["mlflow_sync"], ["prepare_model", "mlflow:imagenet@champion"]):
        with pytest.raises(CommandError, match=r"^MLFLOW_TRACKING_URI is not set\.$"):
            call_command(*command)


def test_a_client_that_is_not_installed_is_said_with_what_to_do(unreachable, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    for command in ("mlflow_sync", "up"):
        with pytest.raises(CommandError, match=r"client is not installed\. Run: .*pip install"):
            call_command(command)
