"""The WSGI application that gunicorn serves: Django's, with stricter checks of requests."""

import os
from collections.abc import Callable
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

from foundation.web.charsets import is_accepted

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifier_site.settings")


class WholeBody:
    """Raises an error for a body that ends before its Content-Length, which Django would accept.

    Otherwise half a name or password would be stored. `failed` is what gunicorn's own body says
    when a sender has stopped in the middle, see foundation.web.middleware.
    """

    def __init__(self, body: Any, length: int) -> None:
        self.body, self.left, self.cut = body, length, False

    @property
    def failed(self) -> bool:
        return self.cut or getattr(self.body, "failed", False)

    def read(self, size: int) -> bytes:
        """Django limits its stream itself, so at most `left` bytes are requested.

        Raises:
            OSError: the sender has gone.
        """
        return self._counted(self.body.read(size), size)

    def readline(self, size: int) -> bytes:
        """See `read`."""
        line: bytes = self.body.readline(size)
        return self._counted(line, len(line) if line.endswith(b"\n") else size)

    def _counted(self, data: bytes, asked: int) -> bytes:
        if len(data) < min(asked, self.left):
            self.cut = True
            raise OSError("The body ended before its Content-Length.")
        self.left -= len(data)
        return data


class ReadableRequest(WSGIRequest):
    """Parsed before errors can be reported, so invalid values are dropped.

    A body in another encoding is refused in foundation.web.middleware.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            kind, parameters = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:  # a parameter in an encoding of its own (RFC 8187) that there is not
            kind, parameters = "", {}
        self.content_type, self.content_params = kind, parameters
        if is_accepted(charset := parameters.get("charset", "")):
            self.encoding = charset


class Handler(WSGIHandler):
    request_class = ReadableRequest

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        length = environ.get("CONTENT_LENGTH") or "0"
        if length.isdecimal():
            environ["wsgi.input"] = WholeBody(environ["wsgi.input"], int(length))
        return super().__call__(environ, start_response)


django.setup(set_prefix=False)
application = Handler()
