"""Servers that an installation can do without, if it names them: clamd and MLflow."""

from collections.abc import Iterator

from django.conf import settings

from classifier_site.operations.doctor.findings import Check, Finding, problem, reason, warning
from predictions.mlflow import outbox
from predictions.pictures.virus_scan import connect

SECONDS = 3


def virus_scanner() -> Iterator[Finding]:
    if not settings.CLAMD_URL:
        return
    try:
        with connect() as clamd:
            clamd.settimeout(SECONDS)
            clamd.sendall(b"zPING\0")  # clamd(8)
            answer = clamd.recv(64)
        wrong = "" if answer == b"PONG\0" else "Something other than clamd answers at CLAMD_URL."
    except OSError as error:
        wrong = f"clamd does not answer: {reason(error)}"
    if wrong:
        refuses = settings.CLAMD_UNREACHABLE == "refuse"
        yield problem(
            f"{wrong} Pictures are {'refused' if refuses else 'accepted without a scan'}.",
            "See whether it runs and what CLAMD_URL says. Containers of workers cannot reach it, "
            "that of the site can.",
        )


def mlflow() -> Iterator[Finding]:
    if outbox.is_late():
        yield warning(
            reason(Exception(outbox.summary())),
            "See whether it runs and what MLFLOW_TRACKING_URI says; it is told by itself then.",
        )


CHECKS = [Check(virus_scanner), Check(mlflow, needs=("database",))]
