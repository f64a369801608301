"""Traces, if OTEL_EXPORTER_OTLP_ENDPOINT is set; otherwise each function here returns at once.

OpenTelemetry's packages for Django, RQ and Redis are not used: that for RQ fails with RQ 3, and
that for Redis makes a trace of each command of an idle worker. OpenTelemetry itself is optional
(requirements-tracing.txt) and is imported by recorder.py, only where it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from foundation.observability.recorder import Recorder

TRACEPARENT = "traceparent"  # https://www.w3.org/TR/trace-context/
recorder: Recorder | None = None


def start(service: str) -> None:
    """In each process that records, after it was forked: spans are sent from a thread."""
    global recorder
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        from foundation.observability.recorder import Recorder

        recorder = Recorder(service)


def span(name: str, kind: str = "internal", **attributes: Any) -> AbstractContextManager[Any]:
    """A part of the request that this thread works on; nothing outside of one."""
    return nullcontext() if recorder is None else recorder.part(name, kind, attributes)


def carried() -> dict[str, str]:
    """What a job takes along so that its worker goes on with the trace."""
    return {} if recorder is None else recorder.headers()


def statement(execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
    """For Django's `execute_wrappers`. Values are not recorded, only the text with placeholders."""
    if recorder is None:
        return execute(sql, *rest)
    text = " ".join(str(sql).split())
    with recorder.part(
        text.partition(" ")[0] or "SQL",
        "client",
        {"db.system.name": "postgresql", "db.query.text": text[:1000]},
    ):
        return execute(sql, *rest)
