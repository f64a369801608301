"""How many of the best classes an answer names."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import IntegerField

from predictions.inference.ranking import KEPT
from predictions.models import Inference

NUMBER = IntegerField(min_value=1, max_value=KEPT)
PARAMETER = OpenApiParameter(
    "top_k",
    {"type": "integer", "minimum": 1, "maximum": KEPT, "default": Inference.TOP_K},
    description=f"How many classes to name, at most {KEPT}. Answers from before this was possible "
    f"have {Inference.TOP_K}.",
)


def top_k_of(request: Request) -> int:
    """What the address asks for, or a field of the form that brings the file.

    Raises:
        ValidationError
    """
    asked = request.query_params.get("top_k")
    if asked is None and request.method == "POST":
        asked = request.POST.get("top_k")
    if asked is None:
        return Inference.TOP_K
    try:
        return NUMBER.run_validation(asked)
    except ValidationError as error:
        raise ValidationError({"top_k": error.detail}) from error
