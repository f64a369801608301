"""Which lines of libraries are worth reading, and what of them must not be written down."""

import logging

CLEANING, JOB_BEGINS = ": cleaning ", "Worker %s: %s: %s"
WITHOUT_BODY = "on a no-body response"


def is_news(record: logging.LogRecord) -> bool:
    """RQ's workers say several times a minute that they clean their registries, and name the first
    job of each batch. Django leaves it to the server to omit the body for HEAD.
    """
    message = str(record.msg)
    return (
        CLEANING not in message
        and not message.startswith(JOB_BEGINS)
        and WITHOUT_BODY not in message
    )


def is_crash(record: logging.LogRecord) -> bool:
    """Of django.request: every other error status is in the line of the request already, see
    foundation/web/request_log.py.
    """
    # The settings import this module, and DRF the settings.
    from foundation.web.errors import UNREACHABLE

    name_route(record)
    if record.levelno < logging.ERROR or not record.exc_info:
        return False
    if isinstance(error := record.exc_info[1], UNREACHABLE):  # no fault of the code: one line
        record.msg, record.args = "%s: %s", (type(error).__name__, error)
        record.exc_info = None
    return True


def name_route(record: logging.LogRecord) -> bool:
    """Replaces the path in a message of Django, which can be secret: the link that resets a
    password is one.
    """
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    if isinstance(record.args, tuple) and len(record.args) == 2:  # a reason and the path
        record.args = (record.args[0], f"/{match.route}" if match else "no route")
    return True
