"""Refused requests in the log: a line says who was refused what, where Django adds a traceback."""

import logging


class InOneLine(logging.Filter):
    """Tracebacks are for errors (500), not for answers that the code gives on purpose (403)."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR:
            record.exc_info = None
        return True
