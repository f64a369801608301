"""Whether a picture may be used to improve the service."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from predictions.consent import FIELD

PARAMETER = OpenApiParameter(
    FIELD,
    bool,
    default=False,
    description="Whether the person agrees that the picture is used to improve the service: staff "
    "may then export it with its label.",
)


def may_improve_of(request: Request) -> bool:
    """What the address says, or a field of the form that brings the file. Raises ValidationError.

    It is kept also where people are not asked: the setting may change.
    """
    said = request.query_params.get(FIELD, request.POST.get(FIELD, False))
    try:
        return serializers.BooleanField().run_validation(said)
    except ValidationError as error:
        raise ValidationError({FIELD: error.detail}) from error
