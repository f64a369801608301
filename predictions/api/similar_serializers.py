"""Similar pictures as the API writes them."""

import re
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from predictions.api.serializers import PredictionSerializer
from predictions.similar.nearest import NEAR_DUPLICATE
from predictions.similar.own import Similar

USUAL, MOST = 10, 50
WRONG_LIMIT = f"A whole number from 1 to {MOST} is required."


class SimilarSerializer(PredictionSerializer):
    """One's latest prediction of a similar picture."""

    similarity = serializers.FloatField(
        help_text="Cosine of what the network sees in both, 1 at most, rounded to four places."
    )
    near_duplicate = serializers.BooleanField(
        help_text=f"Nearly the same picture: a similarity of {NEAR_DUPLICATE} or more."
    )

    def to_representation(self, similar: Similar) -> dict[str, Any]:
        return {
            **PredictionSerializer(similar.prediction).data,
            "similarity": round(similar.similarity, 4),
            "near_duplicate": similar.is_near_duplicate,
        }


def limit_of(request: Request) -> int:
    """Raises ValidationError."""
    asked = request.query_params.get("limit", str(USUAL))
    if not re.fullmatch("0*[1-9][0-9]?", asked, re.ASCII) or int(asked) > MOST:
        raise ValidationError({"limit": [WRONG_LIMIT]})
    return int(asked)
