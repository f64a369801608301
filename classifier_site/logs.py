"""What Django's and gunicorn's processes do with log lines: each goes to standard error."""

from typing import Any

from django.utils.log import CallbackFilter

from foundation.observability.logs import formatter
from foundation.observability.news import is_crash, is_news, name_route


def configuration(style: str, level: str, *, colours: bool = False) -> dict[str, Any]:
    """For `logging.config.dictConfig`.

    Args:
        style: `json` for programs, `console` for people.
        level: of those below it nothing is written; gunicorn and RQ set their own.
        colours: whether a terminal shows what is written for people.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter, "style": style, "colours": colours}},
        "filters": {
            "news": {"()": CallbackFilter, "callback": is_news},
            "crashes": {"()": CallbackFilter, "callback": is_crash},
            "routes": {"()": CallbackFilter, "callback": name_route},
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["news"]}
        },
        "loggers": {
            "django": {"handlers": []},  # a second one with DEBUG
            "django.request": {"filters": ["crashes"]},
            "django.security.csrf": {"filters": ["routes"]},
            # Each has a handler of its own otherwise.
            "gunicorn.error": {"handlers": [], "propagate": True},
            # It logs paths of files that are deleted a moment later.
            "tensorflow": {"level": "WARNING"},
            # It counts the changes that `make dev` names.
            "watchfiles": {"level": "WARNING"},
        },
        "root": {"handlers": ["stderr"], "level": level},
    }
