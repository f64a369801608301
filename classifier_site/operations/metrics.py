"""/metrics: metrics for operators in Prometheus' format."""

from collections.abc import Iterator
from hmac import compare_digest
from time import perf_counter

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from prometheus_client import Counter, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from redis import Redis
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rq import Queue

from classifier_site import __version__
from classifier_site.operations.backups.metrics import look_at_backups
from classifier_site.operations.disk_metrics import look_at_disk
from classifier_site.operations.learning_metrics import look_at_learning
from classifier_site.operations.maintenance.models import Maintenance
from classifier_site.operations.model_metrics import look_at_roles
from classifier_site.operations.probes import (
    alive_workers,
    answer_of,
    ask_database,
    ask_redis,
    oldest_waiting,
    queue_lengths,
)
from foundation.observability.counters import counted
from foundation.web.codes import problem
from foundation.web.middleware import GetResponse
from foundation.web.schema import DetailSerializer
from learning.queue import NAME as TRAINING
from predictions.queueing.queue import QUEUE_NAMES

# For requests without a route, and unsupported methods: clients choose both, and each new pair of
# labels stays in memory.
OTHER = "other"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
LOCAL = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
PROXIES_SAY = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")
REFUSED = (
    "Send METRICS_TOKEN as `Authorization: Bearer …`. If it is not set, only this machine can "
    "read the metrics."
)

requests_total = Counter(
    "http_requests", "Requests by route, method and status.", ["endpoint", "method", "status"]
)
request_seconds = Histogram(
    "http_request_duration_seconds",
    "Seconds from a request's headers to its response's.",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)


class CountingMiddleware:
    """Counts and times each request. The first middleware, so that it sees the others'
    responses.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        response = self.get_response(request)
        took = perf_counter() - began
        endpoint = f"/{request.resolver_match.route}" if request.resolver_match else OTHER
        is_answered = request.method in METHODS and response.status_code != 405
        method = request.method if is_answered else OTHER
        requests_total.labels(endpoint, method, response.status_code).inc()
        request_seconds.labels(endpoint).observe(took)
        return response


class Servers(Collector):
    """Metrics from Redis and PostgreSQL, queried each time; omitted if a server does not answer.

    Each look fails alone.
    """

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("classifier", "The service.", {"version": __version__})
        asked = ask_database(look_at_database), ask_database(look_at_disk), ask_redis(look_at_redis)
        for answer in asked:
            yield from answer_of(answer) or ()


def look_at_database() -> list[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT numbackends FROM pg_stat_database WHERE datname = current_database()"
        )
        [connections] = cursor.fetchone()
    return [
        GaugeMetricFamily(
            "classifier_maintenance",
            "1 while uploads are refused because of maintenance.",
            int(Maintenance.objects.exists()),
        ),
        GaugeMetricFamily(
            "postgres_active_connections", "Connections to this database.", connections
        ),
        *look_at_roles(),
        *look_at_learning(),
        *look_at_backups(),
    ]


def look_at_redis(redis: Redis) -> list[Metric]:
    lengths = GaugeMetricFamily(
        "redis_queue_length", "Pictures waiting for a worker.", labels=["queue"]
    )
    for name, length in queue_lengths(redis).items():
        lengths.add_metric([name], length)
    failed = GaugeMetricFamily(
        "rq_failed_jobs", "Failed jobs that staff can look at.", labels=["queue"]
    )
    for name in (*QUEUE_NAMES, TRAINING):
        registry = Queue(name, connection=redis).failed_job_registry
        failed.add_metric([name], registry.get_job_count(cleanup=False))
    clients = redis.info("clients")["connected_clients"]
    return [
        lengths,
        failed,
        GaugeMetricFamily(
            "ml_oldest_waiting_seconds",
            "Seconds that the first picture of a queue has waited.",
            oldest_waiting(redis),
        ),
        GaugeMetricFamily("redis_connected_clients", "Connections to Redis.", clients),
        GaugeMetricFamily("ml_workers", "Workers with a recent heartbeat.", alive_workers(redis)),
        GaugeMetricFamily(
            "ml_training_workers",
            "Training workers with a recent heartbeat.",
            alive_workers(redis, TRAINING),
        ),
    ]


def may_read(request: Request) -> bool:
    """Allows requests with the token; without one, those from this machine that no proxy passed
    on.
    """
    if settings.METRICS_TOKEN:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        is_token = compare_digest(token.encode(), settings.METRICS_TOKEN.encode())
        return scheme.lower() == "bearer" and is_token
    is_passed_on = settings.NUM_PROXIES or any(name in request.headers for name in PROXIES_SAY)
    return not is_passed_on and request.META["REMOTE_ADDR"] in LOCAL


EXAMPLE = """# HELP redis_queue_length Pictures waiting for a worker.
# TYPE redis_queue_length gauge
redis_queue_length{queue="predictions"} 0.0
redis_queue_length{queue="bulk"} 12.0
"""


@extend_schema_view(
    get=extend_schema(
        tags=["service"],
        summary="Metrics for Prometheus",
        description="Requests, statements, queues and workers. Requires `METRICS_TOKEN`; if it is "
        "not set, only the machine itself can read it.",
        operation_id="metrics",
        auth=[],
        responses={(200, "text/plain"): OpenApiTypes.STR, 401: DetailSerializer},
        examples=[
            OpenApiExample(
                "Queues", EXAMPLE, response_only=True, status_codes=["200"], media_type="text/plain"
            ),
            OpenApiExample(
                "No token", {"detail": REFUSED}, response_only=True, status_codes=["401"]
            ),
        ],
    )
)
class MetricsView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []

    def get(self, request: Request) -> HttpResponse:
        if not may_read(request):
            challenge = {"WWW-Authenticate": 'Bearer realm="metrics"'}
            return Response(problem(401, REFUSED), 401, headers=challenge)
        registry = counted()
        registry.register(Servers())
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return HttpResponse(
            encode(registry), content_type=content_type, headers={"Cache-Control": "no-store"}
        )
