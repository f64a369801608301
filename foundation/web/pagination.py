"""Lists of the API: plain arrays, newest first, with a Link to the next page (RFC 8288)."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

LIMIT = "A whole number is required, 1 or more."


class NewestFirst(CursorPagination):
    """Pages by cursor, not by number, so that new rows neither repeat nor hide old ones."""

    page_size = 100
    max_page_size = 500
    page_size_query_param = "limit"
    page_size_query_description = "How many, newest first: 100 by default, at most 500."
    cursor_query_param = "cursor"
    cursor_query_description = "Where to continue: from the Link header of the previous page."
    ordering: tuple[str, ...] = ("-created_at", "-id")

    def paginate_queryset(self, *args: Any, **kwargs: Any) -> list[Any] | None:
        try:
            return super().paginate_queryset(*args, **kwargs)
        except (ValidationError, DataError, ValueError) as error:  # a made-up cursor
            raise exceptions.NotFound(self.invalid_cursor_message) from error

    def get_page_size(self, request: Request) -> int:
        """Raises ValidationError; Django REST framework ignores what it cannot parse."""
        limit = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not re.fullmatch("0*[1-9][0-9]{0,99}", limit, re.ASCII):
            raise exceptions.ValidationError({self.page_size_query_param: [LIMIT]})
        return min(int(limit), self.max_page_size)

    def get_paginated_response(self, data: Any) -> Response:
        link = self.get_next_link()
        return Response(data, headers={"Link": f'<{link}>; rel="next"'} if link else None)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return schema

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor, limit = super().get_schema_operation_parameters(view)
        return [cursor, limit | {"schema": {"type": "integer", "minimum": 1}}]
