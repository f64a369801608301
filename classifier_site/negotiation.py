"""What the API answers in: its only format, whatever a client says that it accepts."""

from collections.abc import Sequence
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class AcceptIgnored(DefaultContentNegotiation):
    """JSON for all, as the predecessor did, and as RFC 9110, section 12.5.1, allows.

    Who asks for `image/*` gets the picture instead of a 406, and an error as JSON.
    """

    def select_renderer(  # type: ignore[override]
        self,
        request: Request,
        renderers: Sequence[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, Any]:
        return renderers[0], renderers[0].media_type
