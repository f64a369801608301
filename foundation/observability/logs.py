"""Log lines: one JSON object an event for programs, or a short line for people.

Modules log with `logging`, as do Django, gunicorn and RQ. What is to be searched for goes into
`extra` under a name of FIELDS. What holds for all that a request causes, such as its id, is bound
to the context once, and `carried` takes it through the queue to the worker.
"""

import json
import logging
import re
from typing import Any

from structlog.contextvars import get_contextvars, merge_contextvars
from structlog.processors import StackInfoRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, Processor, WrappedLogger

# All that a line can have beside time, level, logger, event and exception. Libraries log other
# things beside their messages: Django the whole request, with its cookies.
FIELDS = (
    "request_id",
    "trace_id",
    "method",
    "route",
    "status",
    "duration_ms",
    "address",
    "user_id",
    "action",
    "actor_id",
    "target_type",
    "target_id",
    "role",
    "prediction_id",
    "inference_id",
    "job_id",
    "classifier",
    "version",
    "cached",
    "worker",
    "outcome",
    "batch_size",
    "queue_ms",
    "decode_ms",
    "inference_ms",
    "save_ms",
)
# A job takes these along to the worker.
CARRIED = ("request_id", "trace_id", "user_id", "prediction_id")
# What people at a terminal can do without, or what the message says already.
NOT_FOR_PEOPLE = {
    *("request_id", "trace_id", "method", "route", "status", "address", "action", "target_type"),
    *("prediction_id", "inference_id", "job_id", "worker", "save_ms"),
}
# A database quotes in its errors what it does not accept, and a mail server whom it does not know.
EMAIL = re.compile(r"[^\s\"'<>()=\[\]{},;:\\/]+@[^\s\"'<>()=\[\]{},;:\\/]+\.\w+")
JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")

# ECMA-48, section 8.3.117
FAINT, RED, YELLOW, GREEN, END = "\033[2m", "\033[31m", "\033[33m", "\033[32m", "\033[0m"
COLOURS = {"critical": RED, "error": RED, "warning": YELLOW, "info": GREEN}


def carried() -> dict[str, Any]:
    """What a job's lines in the worker's log share with those of the request that asks for it."""
    known = get_contextvars()
    return {name: known[name] for name in CARRIED if name in known}


def formatter(style: str, *, colours: bool = False) -> logging.Formatter:
    """style: `json` or `console`."""
    chain: list[Processor] = [
        merge_contextvars,
        ExtraAdder(FIELDS),
        add_log_level,
        add_logger_name,
        StackInfoRenderer(),
        format_exc_info,
    ]
    render: Processor = ForPeople(colours)
    if style == "json":
        chain.append(TimeStamper("iso", utc=True))
        render = as_json
    last = [ProcessorFormatter.remove_processors_meta, render, without_secrets]
    return ProcessorFormatter(foreign_pre_chain=chain, processors=last)  # type: ignore[arg-type]


def as_json(logger: WrappedLogger, method: str, event: EventDict) -> str:
    first = {name: event.pop(name) for name in ("timestamp", "level", "logger", "event")}
    return json.dumps({**first, **event}, default=str, ensure_ascii=False)


class ForPeople:
    def __init__(self, colours: bool) -> None:
        self.colours = colours

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        level, name, message = event.pop("level"), event.pop("logger"), event.pop("event")
        below = "".join(f"\n{event.pop(kind)}" for kind in ("exception", "stack") if kind in event)
        fields = "".join(
            f" {key}={value}" for key, value in event.items() if key not in NOT_FOR_PEOPLE
        )
        label, dim, end = level.upper(), "", ""
        if self.colours:
            dim, end = FAINT, END
            label = f"{COLOURS.get(level, '')}{label}{END}"
        return f"{label} {dim}{name}:{end} {message}{dim}{fields}{end}{below}"


def without_secrets(logger: WrappedLogger, method: str, line: str) -> str:
    """Whatever put it there: no line says an email or a token."""
    if "@" in line:
        line = EMAIL.sub("[email]", line)
    if "eyJ" in line:
        line = JWT.sub("[token]", line)
    return line
