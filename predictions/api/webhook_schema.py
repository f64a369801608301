"""What /schema, /docs and /redoc say of webhooks."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from foundation.web.schema import (
    NEXT_PAGE,
    NO_SUCH_LIMIT,
    NO_SUCH_PAGE,
    UNAUTHORISED,
    error,
    invalid,
)
from predictions.api.webhook_serializers import (
    DeliverySerializer,
    NewWebhookSerializer,
    WebhookSerializer,
)
from predictions.webhooks import addresses, services

TOO_MANY = f"You already have {services.MOST} webhooks, the maximum. Remove one first."
ADDRESS = {"url": "https://receiver.example/done"}
SENT = {
    "id": "4f3e9b6a-3d1c-4f0e-8f52-6d3c0a9d7b10",
    "event": "bulk.done",
    "status": "delivered",
    "attempts": 1,
    "status_code": 204,
    "error": "",
    "created_at": "2026-11-23T09:30:12Z",
}
WEBHOOK: dict[str, Any] = {
    "id": "b1b1a6cc-3f0e-4a7e-9d6b-0c5f5d2c9e77",
    **ADDRESS,
    "created_at": "2026-11-23T09:00:00Z",
    "disabled_at": None,
    "failures": 0,
    "last_delivery": SENT,
}
NEW = WEBHOOK | {"last_delivery": None, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
NOT_FOUND = error("Not there, or not yours", "No Webhook matches the given query.")
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where the webhook is."
)


def example(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[str(status)])


webhooks_list = extend_schema(
    tags=["webhooks"],
    summary="One's own webhooks",
    operation_id="webhooks_list",
    parameters=[NEXT_PAGE],
    responses={
        200: WebhookSerializer(many=True),
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        404: NO_SUCH_PAGE,
    },
    examples=[example("A webhook", WEBHOOK)],
)
create = extend_schema(
    tags=["webhooks"],
    summary="Be told at an address when a bulk request is done",
    description="Deliveries are signed as the Standard Webhooks specification says, and tried for "
    "three days. Their `type` is `bulk.done` or `test`.",
    operation_id="webhooks_create",
    # It answers with one, not with a list.
    parameters=[*(OpenApiParameter(name, exclude=True) for name in ("cursor", "limit")), LOCATION],
    request=WebhookSerializer,
    responses={
        201: NewWebhookSerializer,
        400: invalid(
            "An address that is not accepted, or too many webhooks", "url", str(addresses.PRIVATE)
        ),
        401: UNAUTHORISED,
    },
    examples=[
        OpenApiExample("An address", ADDRESS, request_only=True),
        example("With its secret", NEW, 201),
    ],
)
retrieve = extend_schema(
    tags=["webhooks"],
    summary="One webhook",
    operation_id="webhooks_retrieve",
    responses={200: WebhookSerializer, 401: UNAUTHORISED, 404: NOT_FOUND},
    examples=[example("A webhook", WEBHOOK)],
)
destroy = extend_schema(
    tags=["webhooks"],
    summary="Remove a webhook and what is still to be sent to it",
    operation_id="webhooks_destroy",
    responses={204: None, 401: UNAUTHORISED, 404: NOT_FOUND},
)
send_test = extend_schema(
    tags=["webhooks"],
    summary="Send a test; its success switches a webhook on again",
    operation_id="webhooks_test",
    request=None,
    responses={202: DeliverySerializer, 401: UNAUTHORISED, 404: NOT_FOUND},
    examples=[
        example(
            "Waiting",
            SENT | {"event": "test", "status": "waiting", "attempts": 0, "status_code": None},
            202,
        )
    ],
)
deliveries = extend_schema(
    tags=["webhooks"],
    summary="What was sent to a webhook lately, and what came of it",
    operation_id="webhooks_deliveries",
    parameters=[NEXT_PAGE],
    responses={
        200: DeliverySerializer(many=True),
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        404: NOT_FOUND,
    },
    examples=[example("Delivered", SENT)],
)
