"""Webhooks over HTTP."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.scopes import Scope
from accounts.services import user_of
from foundation.web.pagination import NewestFirst
from predictions.api import webhook_schema as schema
from predictions.api.webhook_serializers import DeliverySerializer, WebhookSerializer
from predictions.webhooks import services
from predictions.webhooks.models import Delivery, Webhook

# A token that can do both could ask for all that a webhook tells.
CHANGES = [{Scope.PREDICT, Scope.READ}]


class WebhooksView(generics.ListAPIView[Webhook]):
    serializer_class = WebhookSerializer
    pagination_class = NewestFirst
    scopes = {"GET": [{Scope.READ}], "POST": CHANGES}

    def get_queryset(self) -> Any:
        return user_of(self.request).webhooks.all()

    @schema.webhooks_list
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @schema.create
    def post(self, request: Request) -> Response:
        body = WebhookSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            webhook, secret = services.create(request, user_of(request), body.validated_data["url"])
        except services.TooMany:
            raise ValidationError({"url": [schema.TOO_MANY]}) from None
        said = WebhookSerializer(webhook).data | {"secret": secret}
        location = reverse("webhook", args=[webhook.pk])
        return Response(said, 201, headers={"Location": location})


class OwnWebhookView(APIView):
    """A webhook of one's own; anybody else's is not found."""

    def get_webhook(self) -> Webhook:
        return get_object_or_404(user_of(self.request).webhooks, pk=self.kwargs["pk"])


class WebhookView(OwnWebhookView):
    scopes = {"GET": [{Scope.READ}], "DELETE": CHANGES}

    @schema.retrieve
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(WebhookSerializer(self.get_webhook()).data)

    @schema.destroy
    def delete(self, request: Request, pk: UUID) -> Response:
        services.remove(request, self.get_webhook())
        return Response(status=204)


class WebhookTestView(OwnWebhookView):
    scopes = {"POST": CHANGES}

    @schema.send_test
    def post(self, request: Request, pk: UUID) -> Response:
        return Response(DeliverySerializer(services.send_test(self.get_webhook())).data, 202)


class DeliveriesView(generics.ListAPIView[Delivery], OwnWebhookView):
    serializer_class = DeliverySerializer
    pagination_class = NewestFirst
    scopes = {"GET": [{Scope.READ}]}

    def get_queryset(self) -> Any:
        deliveries = self.get_webhook().deliveries
        return deliveries.exclude(status=Delivery.Status.EXPECTED)

    @schema.deliveries
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
