"""`doctor` finds a clamd or an MLflow that does not answer, where one is set."""

import socket
from contextlib import closing
from threading import Thread

import pytest

from classifier_site.operations.doctor import others
from classifier_site.operations.doctor.findings import Severity
from predictions.mlflow.models import Pending
from tests.operations.doctor.finding import one
from tests.ports import free_port

pytestmark = pytest.mark.django_db


def test_a_virus_scanner_that_is_not_there(settings):
    assert list(others.virus_scanner()) == []
    settings.CLAMD_URL = f"tcp://127.0.0.1:{free_port()}"
    one(others.virus_scanner, "clamd does not answer", "Pictures are refused")
    settings.CLAMD_UNREACHABLE = "accept"
    one(others.virus_scanner, "accepted without a scan")


@pytest.mark.parametrize(("answer", "number"), [(b"PONG\0", 0), (b"220 mail.example.org\r\n", 1)])
def test_a_virus_scanner_is_asked_whether_it_is_one(settings, answer, number):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        settings.CLAMD_URL = f"tcp://127.0.0.1:{listener.getsockname()[1]}"

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(64)
                connection.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        assert len(list(others.virus_scanner())) == number
        thread.join()


def test_an_mlflow_that_has_not_been_told(settings, model):
    assert list(others.mlflow()) == []
    settings.MLFLOW_TRACKING_URI = "http://127.0.0.1:1"
    Pending.objects.create(classifier=model.classifier, error="Connection refused")
    one(others.mlflow, "Waiting for MLflow: 1", "refused", severity=Severity.WARNING)
