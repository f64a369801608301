"""How many of the best classes an answer names."""

import re

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from predictions.models import Inference

WRONG = f"A whole number from 1 to {Inference.RANKED} is required."
PARAMETER = OpenApiParameter(
    "top_k",
    {"type": "integer", "minimum": 1, "maximum": Inference.RANKED, "default": Inference.TOP_K},
    description=f"How many classes to name, at most {Inference.RANKED}. Answers from before this "
    f"was possible have {Inference.TOP_K}.",
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
    if not re.fullmatch("0*[1-9][0-9]?", asked, re.ASCII) or int(asked) > Inference.RANKED:
        raise ValidationError({"top_k": [WRONG]})
    return int(asked)
