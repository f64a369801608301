"""A receiver of OTLP over HTTP, as a collector is one: what was exported to it, span by span."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Span:
    service: str
    name: str
    trace: str
    id: str
    parent: str
    kind: int  # opentelemetry.proto.trace.v1.Span.SpanKind
    began: int  # nanoseconds since the epoch
    ended: int
    failed: bool
    said: dict[str, Any]


class Receiver:
    def __init__(self, url: str, spans: list[Span]) -> None:
        self.url, self.spans = url, spans

    def trace(self, trace: str, complete: Callable[[list[Span]], bool]) -> list[Span]:
        """The spans of a trace as soon as they are complete; two processes send them."""
        deadline = time.monotonic() + 30
        while True:
            found = [span for span in list(self.spans) if span.trace == trace]
            if complete(found):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.02)


@contextmanager
def receiving() -> Iterator[Receiver]:
    spans: list[Span] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/traces":
                spans.extend(read(ExportTraceServiceRequest.FromString(body)))
            content = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Receiver(f"http://127.0.0.1:{server.server_port}", spans)
        server.shutdown()


def read(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in request.resource_spans:
        service = values(resource.resource.attributes)["service.name"]
        for span in (each for scope in resource.scope_spans for each in scope.spans):
            yield Span(
                service,
                span.name,
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                span.kind,
                span.start_time_unix_nano,
                span.end_time_unix_nano,
                span.status.code == 2,  # STATUS_CODE_ERROR
                values(span.attributes),
            )


def values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
