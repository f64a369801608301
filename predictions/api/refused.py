"""What a program is told of a picture that was not taken."""

from rest_framework.response import Response

from foundation.web.codes import problem
from predictions.refusals import NotTaken


def not_taken(error: NotTaken) -> Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
    return Response(
        problem(error.status, error.detail, error.reason), error.status, headers=headers
    )
