"""/health and /health/live: can this service do its work, and does this process run at all."""

from typing import Any

from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema,
    extend_schema_view,
    inline_serializer,
)
from redis import Redis
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from classifier_site.probes import alive_workers, answer_of, ask_database, ask_redis, queue_lengths
from predictions.models import ModelVersion

MODEL = {"name": "resnet50", "version": "a1b2c3d4-f32"}
HEALTHY = {
    "status": "healthy",
    "database": "ok",
    "redis": "ok",
    "ml_workers": 1,
    "queue_length": 0,
    "model": MODEL,
}
SCHEMA = inline_serializer(
    "Health",
    {
        "status": serializers.ChoiceField(["healthy", "unhealthy"]),
        "database": serializers.CharField(help_text="ok, or unreachable"),
        "redis": serializers.CharField(help_text="ok, or unreachable"),
        "ml_workers": serializers.IntegerField(help_text="Workers that are alive."),
        "queue_length": serializers.IntegerField(
            allow_null=True, help_text="Pictures that wait for a worker."
        ),
        "model": inline_serializer(
            "HealthModel",
            {"name": serializers.CharField(), "version": serializers.CharField()},
            allow_null=True,
        ),
    },
)


@extend_schema_view(
    get=extend_schema(
        tags=["service"],
        summary="Whether pictures can be classified now",
        operation_id="health",
        auth=[],
        responses={200: SCHEMA, 503: SCHEMA},
        examples=[
            OpenApiExample("Healthy", HEALTHY, response_only=True, status_codes=["200"]),
            OpenApiExample(
                "No worker",
                {**HEALTHY, "status": "unhealthy", "ml_workers": 0, "queue_length": 12},
                response_only=True,
                status_codes=["503"],
            ),
        ],
    )
)
class HealthView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        database, redis = ask_database(current_model), ask_redis(look_at_redis)
        model, workers = answer_of(database), answer_of(redis)
        healthy = isinstance(model, dict) and workers is not None and workers["ml_workers"] > 0
        return Response(
            {
                "status": "healthy" if healthy else "unhealthy",
                "database": "unreachable" if model is None else "ok",
                "redis": "unreachable" if workers is None else "ok",
                "ml_workers": 0 if workers is None else workers["ml_workers"],
                "queue_length": None if workers is None else workers["queue_length"],
                "model": model or None,
            },
            200 if healthy else 503,
            headers={"Cache-Control": "no-store"},
        )


@extend_schema_view(
    get=extend_schema(
        tags=["service"],
        summary="Whether this process runs",
        operation_id="health_live",
        auth=[],
        responses={200: inline_serializer("Live", {"status": serializers.CharField()})},
        examples=[OpenApiExample("Alive", {"status": "alive"}, response_only=True)],
    )
)
class LiveView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        return Response({"status": "alive"})


def current_model() -> dict[str, Any]:
    """Empty when there is none."""
    model = ModelVersion.objects.filter(is_current=True).values("name", "version").first()
    return dict(model) if model else {}


def look_at_redis(redis: Redis) -> dict[str, int]:
    return {
        "ml_workers": alive_workers(redis),
        "queue_length": sum(queue_lengths(redis).values()),
    }
