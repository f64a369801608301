"""The API always answers in JSON, whatever the client accepts."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class AcceptIgnored(DefaultContentNegotiation):
    """JSON for all, as the predecessor did, and as RFC 9110, section 12.5.1, allows.

    A request with `Accept: image/*` gets the picture instead of a 406, and errors as JSON.
    """

    def select_renderer(  # type: ignore[override]
        self,
        request: Request,
        renderers: Sequence[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, Any]:
        return renderers[0], renderers[0].media_type


class FormatChosen(DefaultContentNegotiation):
    """The format of `Accept` or `?format=`. Raises ValidationError for an unknown format."""

    def filter_renderers(
        self, renderers: Iterable[BaseRenderer], format: str
    ) -> list[BaseRenderer]:
        there = list(renderers)
        try:
            return super().filter_renderers(there, format)
        except Http404:
            formats = " or ".join(sorted({str(renderer.format) for renderer in there}))
            raise ValidationError({"format": [f"It can be {formats}."]}) from None
