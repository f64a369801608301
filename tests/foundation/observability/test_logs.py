"""How a record becomes a line: JSON for programs, short for people, and never a secret."""

import json
import logging
import re
import sys
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars

from foundation.observability.logs import FIELDS, formatter
from tests.conftest import PROJECT


def record(message: str, *args: Any, **extra: Any) -> logging.LogRecord:
    logger = logging.getLogger("some.library")
    return logger.makeRecord(
        logger.name, logging.WARNING, "file.py", 1, message, args, None, extra=extra
    )


def as_json(*args: Any, **extra: Any) -> dict[str, Any]:
    line = formatter("json").format(record(*args, **extra))
    assert "\n" not in line
    said: dict[str, Any] = json.loads(line)
    return said


def test_a_line_of_any_library_is_one_json_object():
    said = as_json("Mail %d is\nlate", 7)

    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:.]+Z", said.pop("timestamp"))
    assert said == {"level": "warning", "logger": "some.library", "event": "Mail 7 is\nlate"}


def test_a_line_has_the_ids_of_the_request_in_whose_course_it_is_written():
    with bound_contextvars(request_id="r-1", user_id=3):
        said = as_json("Late")

    assert (said["request_id"], said["user_id"]) == ("r-1", 3)
    assert "request_id" not in as_json("Later")


def test_of_what_libraries_add_only_known_fields_are_written():
    said = as_json("Refused", status=403, request="the whole request, with its cookies")

    assert said["status"] == 403
    assert "cookies" not in json.dumps(said)


def test_a_traceback_is_a_field_without_the_values_of_variables():
    password = "".join(["hun", "ter2"])
    try:
        len(password) / 0
    except ZeroDivisionError:
        failed = record("Failed")
        failed.exc_info = sys.exc_info()
    said = json.loads(formatter("json").format(failed))

    assert "len(password) / 0" in said["exception"]
    assert "hunter2" not in said["exception"]


@pytest.mark.parametrize("style", ["json", "console"])
def test_emails_and_tokens_are_cut_out_whatever_says_them(style):
    error = "Key (email)=(ada.love+x@mail.example.com) exists; Bearer eyJhbGciOi.eyJzdWIi.c2lnbmF0"

    line = formatter(style).format(record("Failed: %s", error))

    assert "Key (email)=([email]) exists; Bearer [token]" in line


def test_people_read_what_happened_and_not_its_ids():
    said = record("GET /history 200", duration_ms=12.5, request_id="r-1", route="/history")

    assert formatter("console").format(said) == (
        "WARNING some.library: GET /history 200 duration_ms=12.5"
    )


def test_a_terminal_shows_the_level_in_a_colour():
    line = formatter("console", colours=True).format(record("Late"))

    assert "\033[33mWARNING\033[0m" in line
    assert "\033" not in formatter("console").format(record("Late"))


def test_the_documentation_lists_the_fields():
    page = (PROJECT / "docs" / "operations.md").read_text()
    section = page.partition("\n## Logs\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", section, re.M)
    named = set(re.findall(r"`(\w+)`", " ".join(rows)))

    assert set(FIELDS) - named == set()
    assert named - set(FIELDS) == {"timestamp", "level", "logger", "event", "exception"}
