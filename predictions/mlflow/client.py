"""MLflow's client, which is loaded by `mlflow_sync` and `prepare_model mlflow:…` alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.conf import settings

from predictions.inference.errors import ModelError

if TYPE_CHECKING:
    from mlflow import MlflowClient

# It reads these itself, some while it is imported.
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",  # seconds without a word from the server
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # sending.py tries again, and says so
}
LONGEST_REASON = 300
NOT_INSTALLED = (
    "MLflow's client is not installed. Run: .venv/bin/python -m pip install --require-hashes "
    "--constraint requirements.lock -r requirements-mlflow.txt"
)


class MlflowUnusable(ModelError):
    """It is not set, not installed, cannot be reached, or does not have what was asked for."""


def is_installed() -> bool:
    return find_spec("mlflow") is not None


def connect() -> "MlflowClient":
    """Asks the server nothing yet. Raises MlflowUnusable."""
    if not settings.MLFLOW_TRACKING_URI:
        raise MlflowUnusable("MLFLOW_TRACKING_URI is not set.")
    if not is_installed():
        raise MlflowUnusable(NOT_INSTALLED)
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    uri = settings.MLFLOW_TRACKING_URI
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


@contextmanager
def refusals_named(doing: str) -> Iterator[None]:
    """Raises MlflowUnusable, in one sentence, for whatever the client raises."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException

    try:
        yield
    except (MlflowException, RequestException) as error:
        raise MlflowUnusable(f"{doing}: {reason(error)}") from error


def reason(error: BaseException) -> str:
    """In one line; of a server that cannot be reached what the system says, such as "refused"."""
    first = error
    while inner := first.__cause__ or first.__context__:
        first = inner
    told = first if isinstance(first, OSError) else error
    return " ".join(str(told).split())[:LONGEST_REASON] or type(told).__name__
