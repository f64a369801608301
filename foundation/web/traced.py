"""Each request is a trace, or goes on with that of its client (W3C Trace Context)."""

from django.http import HttpRequest, HttpResponse
from opentelemetry.trace import Span, StatusCode
from structlog.contextvars import bind_contextvars, get_contextvars

from foundation.observability import tracing
from foundation.web.addresses import address_of
from foundation.web.middleware import GetResponse
from foundation.web.request_log import is_routine, route_of

HEADERS = ("traceparent", "tracestate")


class TracedMiddleware:
    """Comes after RequestLogMiddleware, whose id the trace has too. In settings.py only if traces
    are wanted.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        recorder = tracing.recorder
        if recorder is None or is_routine(request):
            return self.get_response(request)
        sent = {name: request.headers[name] for name in HEADERS if name in request.headers}
        with recorder.span(f"{request.method}", "server", None, recorder.context_of(sent)) as span:
            trace_id = f"{span.get_span_context().trace_id:032x}"
            bind_contextvars(trace_id=trace_id)
            response = self.get_response(request)
            describe(span, request, response)
            # https://www.w3.org/TR/trace-context-2/#traceresponse-header
            response.headers["traceresponse"] = recorder.headers()["traceparent"]
        return response


def describe(span: Span, request: HttpRequest, response: HttpResponse) -> None:
    """Not before, since neither the route nor who asks is known then."""
    span.update_name(f"{request.method} {route_of(request)}")
    span.set_attributes(
        {
            "http.request.method": str(request.method),
            "http.route": route_of(request),
            "http.response.status_code": response.status_code,
            "client.address": address_of(request),
        }
    )
    known = get_contextvars()
    for name in ("request_id", "user_id", "prediction_id", "job_id", "classifier", "version"):
        if name in known:
            span.set_attribute(f"classifier.{name}", known[name])
    if response.status_code >= 500:
        span.set_status(StatusCode.ERROR)
