"""/health and /health/live: can this service do its work, and does this process run at all."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
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
from rq import Queue, Worker

from predictions.liveness import is_silent
from predictions.models import ModelVersion
from predictions.queue import QUEUE_NAMES

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.0

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
        database = checkers("database").submit(check_database)
        redis = checkers("redis").submit(check_redis)
        model = result(database)
        workers = result(redis)
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


@cache
def checkers(server: str) -> ThreadPoolExecutor:
    """Made on first use, so after gunicorn has forked. Checks that hang occupy its threads only."""
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix=f"health-{server}")


def result(check: Future[dict[str, Any]]) -> dict[str, Any] | None:
    """What a check found; None when it failed or took longer than a second."""
    try:
        return check.result(timeout=CHECK_SECONDS)
    except Exception as error:
        check.cancel()
        logger.warning("Health check: %s: %s", type(error).__name__, error)
        return None


def check_database() -> dict[str, Any]:
    """The current model, empty when there is none."""
    try:
        model = ModelVersion.objects.filter(is_current=True).values("name", "version").first()
        return dict(model) if model else {}
    finally:
        connection.close()


def check_redis() -> dict[str, Any]:
    redis = Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=CHECK_SECONDS,
        socket_connect_timeout=CHECK_SECONDS,
        retry=None,
    )
    with redis:
        queues = [Queue(name, connection=redis) for name in QUEUE_NAMES]
        workers = [worker for worker in Worker.all(queue=queues[0]) if not is_silent(worker)]
        return {"ml_workers": len(workers), "queue_length": sum(q.count for q in queues)}
