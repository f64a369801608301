"""The log as programs read it, line by line while it is written.

A plugin of conftest.py: tests of several folders use its fixture.
"""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from structlog.contextvars import clear_contextvars

from foundation.observability.logs import formatter

Lines = list[dict[str, Any]]
APPS = (
    "accounts",
    "classifier_site",
    "feedback",
    "foundation",
    "learning",
    "predictions",
    "review",
)


@pytest.fixture(autouse=True)
def logging_as_configured() -> None:
    """What another test has bound or switched off would last as long as this process."""
    clear_contextvars()
    logging.disable(logging.NOTSET)
    logging.getLogger().setLevel(settings.LOGGING["root"]["level"])


@pytest.fixture
def log_lines() -> Iterator[Callable[[], Lines]]:
    """What this process has logged in the test so far."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter("json"))
    # Not at the root, which loses what is added when logging is configured anew.
    loggers = [logging.getLogger(name) for name in (*APPS, "django")]
    for logger in loggers:
        logger.addHandler(handler)
    yield lambda: read(written.getvalue())
    for logger in loggers:
        logger.removeHandler(handler)


def read(text: str) -> Lines:
    """The lines of a process's output that are of its log; each of them must be JSON."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
