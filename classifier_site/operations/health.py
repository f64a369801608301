"""/health and /health/live: whether the service can classify, and whether this process runs."""

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

from classifier_site import __version__
from classifier_site.operations.maintenance.models import Maintenance
from classifier_site.operations.probes import (
    alive_workers,
    answer_of,
    ask_database,
    ask_redis,
    is_stalled,
    oldest_waiting,
    queue_lengths,
)
from predictions.classifiers import DEFAULT, ModelVersion
from predictions.mlflow import outbox
from predictions.queueing import unloadable

NO_WORKER = "No worker is running."
UNLOADABLE = "A worker cannot load a model; `manage.py doctor` says why."  # everybody reads this
MODEL = {"name": "resnet50", "version": "a1b2c3d4-f32"}
HEALTHY = {
    "status": "healthy",
    "version": __version__,
    "database": "ok",
    "redis": "ok",
    "ml_workers": 1,
    "queue_length": 0,
    "oldest_waiting_seconds": 0,
    "detail": None,
    "model": MODEL,
}
SCHEMA = inline_serializer(
    "Health",
    {
        "status": serializers.ChoiceField(["healthy", "unhealthy"]),
        "version": serializers.CharField(help_text="Of the service."),
        "database": serializers.CharField(help_text="ok, or unreachable"),
        "redis": serializers.CharField(help_text="ok, or unreachable"),
        "ml_workers": serializers.IntegerField(help_text="Workers with a recent heartbeat."),
        "queue_length": serializers.IntegerField(
            allow_null=True, help_text="Pictures waiting for a worker."
        ),
        "oldest_waiting_seconds": serializers.IntegerField(
            allow_null=True, help_text="How long the first of them has waited."
        ),
        "detail": serializers.CharField(
            allow_null=True,
            help_text="The reason, if unhealthy; otherwise what staff should look at.",
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
                {
                    **HEALTHY,
                    "status": "unhealthy",
                    "ml_workers": 0,
                    "queue_length": 12,
                    "oldest_waiting_seconds": 40,
                    "detail": "No worker is running.",
                },
                response_only=True,
                status_codes=["503"],
            ),
        ],
    )
)
class HealthView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []

    def get(self, request: Request) -> Response:
        database, redis = ask_database(look_at_database), ask_redis(look_at_redis)
        model, note = answer_of(database) or (None, None)
        workers = answer_of(redis)
        wrong = what_is_wrong(model, workers)
        if workers and workers["unloadable"]:
            note = UNLOADABLE
        return Response(
            {
                "status": "unhealthy" if wrong else "healthy",
                "version": __version__,
                "database": "unreachable" if model is None else "ok",
                "redis": "unreachable" if workers is None else "ok",
                "ml_workers": 0 if workers is None else workers["ml_workers"],
                "queue_length": None if workers is None else workers["queue_length"],
                "oldest_waiting_seconds": None if workers is None else workers["oldest_waiting"],
                "detail": wrong or note,
                "model": model or None,
            },
            503 if wrong else 200,
            headers={"Cache-Control": "no-store"},
        )


def what_is_wrong(model: dict[str, Any] | None, workers: dict[str, int] | None) -> str | None:
    """The reason; None while pictures can be classified."""
    if model is None:
        return "The database is unreachable."
    if workers is None:
        return "Redis is unreachable."
    if not workers["ml_workers"]:
        return f"{NO_WORKER} {UNLOADABLE}" if workers["unloadable"] else NO_WORKER
    if workers["is_stalled"]:
        return "Pictures are waiting, but no worker makes progress."
    return None


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
    throttle_classes = []

    def get(self, request: Request) -> Response:
        return Response({"status": "alive"})


def look_at_database() -> tuple[dict[str, Any], str | None]:
    """The model that answers, and what does not keep pictures from being classified."""
    note = "MLflow has not been told of all changes of models." if outbox.is_late() else None
    if maintenance := Maintenance.objects.first():
        note = f"Uploads are refused: {maintenance}"
    return current_model(), note


def current_model() -> dict[str, Any]:
    """Empty when there is none."""
    champion = ModelVersion.objects.filter(
        classifier__name=DEFAULT, role=ModelVersion.Role.CHAMPION
    )
    model = champion.values("name", "version").first()
    return dict(model) if model else {}


def look_at_redis(redis: Redis) -> dict[str, int]:
    waited = oldest_waiting(redis)
    return {
        "ml_workers": alive_workers(redis),
        "queue_length": sum(queue_lengths(redis).values()),
        "oldest_waiting": waited,
        "is_stalled": is_stalled(redis, waited),
        "unloadable": unloadable.told(redis) is not None,
    }
