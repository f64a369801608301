"""Records spans and sends them by OTLP over HTTP, as OpenTelemetry's own OTEL_* variables say.

Names of attributes are those of OpenTelemetry's semantic conventions (HTTP, database, messaging).
Messages of exceptions are not recorded, because they can quote what people sent.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from redis import Redis
from redis.client import Pipeline

KINDS = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
propagator = TraceContextTextMapPropagator()


class Recorder:
    def __init__(self, service: str) -> None:
        provider = TracerProvider(resource=Resource.create({"service.name": service}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.tracer = provider.get_tracer("classifier")
        self.trace_redis()

    @contextmanager
    def span(
        self,
        name: str,
        kind: str,
        attributes: Mapping[str, Any] | None = None,
        parent: Context | None = None,
    ) -> Iterator[Span]:
        """The current span of this thread while the block runs; the root of a trace if there is
        neither a parent nor another current one.
        """
        with self.tracer.start_as_current_span(
            name,
            parent,
            KINDS[kind],
            attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise

    @contextmanager
    def part(self, name: str, kind: str, attributes: Mapping[str, Any]) -> Iterator[None]:
        """A span below the current one, if that is recorded."""
        if not trace.get_current_span().is_recording():
            yield
            return
        with self.span(name, kind, attributes):
            yield

    def done(
        self,
        name: str,
        kind: str,
        began: float,
        ended: float,
        parent: Context,
        attributes: Mapping[str, Any] | None = None,
        error: Exception | None = None,
    ) -> Context:
        """Records what is over; returns the context for its parts.

        began, ended: seconds since the epoch.
        """
        span = self.tracer.start_span(
            name, parent, KINDS[kind], attributes, start_time=nanoseconds(began)
        )
        if error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
        span.end(nanoseconds(ended))
        return trace.set_span_in_context(span, parent)

    def context_of(self, headers: Mapping[str, str]) -> Context:
        """Of W3C's `traceparent` and `tracestate`; empty if they are malformed or missing."""
        return propagator.extract(dict(headers), Context())

    def headers(self) -> dict[str, str]:
        """The same of the current span, for whoever works on behalf of it."""
        found: dict[str, str] = {}
        propagator.inject(found)
        return found

    def trace_redis(self) -> None:
        """redis-py has nothing like Django's wrappers."""
        Redis.execute_command = self.traced(  # type: ignore[method-assign]
            Redis.execute_command, lambda redis, args: str(args[0])
        )
        Pipeline.execute = self.traced(Pipeline.execute, lambda *_: "PIPELINE")  # type: ignore[method-assign]

    def traced(
        self, method: Callable[..., Any], name_of: Callable[[Any, tuple[Any, ...]], str]
    ) -> Callable[..., Any]:
        @wraps(method)
        def call(redis: Any, *args: Any, **options: Any) -> Any:
            with self.part(name_of(redis, args), "client", {"db.system.name": "redis"}):
                return method(redis, *args, **options)

        return call


def nanoseconds(seconds: float) -> int:
    return int(seconds * 1_000_000_000)
