"""The progress of a bulk request over HTTP."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from accounts.services import user_of
from foundation.web.pagination import NewestFirst
from predictions.api import bulk_schema as schema
from predictions.api.serializers import BulkEntrySerializer
from predictions.api.top_k import top_k_of
from predictions.bulk.models import UNFINISHED, Bulk, BulkEntry


class InOrder(NewestFirst):
    """As they were sent."""

    page_size_query_description = "How many entries, 100 by default, at most 500."
    ordering = ("position",)


class BulkView(generics.GenericAPIView[BulkEntry]):
    # A token that can send pictures can also read what has become of them.
    scopes = {"GET": [{Scope.PREDICT}, {Scope.READ}]}
    serializer_class = BulkEntrySerializer
    pagination_class = InOrder

    @schema.progress
    def get(self, request: Request, pk: UUID) -> Response:
        bulk = get_object_or_404(Bulk, pk=pk, user=user_of(request))
        top_k = top_k_of(request)
        counts = bulk.counts()
        total = sum(counts.values())
        finished = total - sum(counts[status] for status in UNFINISHED)
        entries = (
            bulk.shown()
            .select_related("prediction__inference__model_version__classifier")
            .defer("prediction__inference__features")
        )
        page = self.paginate_queryset(entries) or []
        return self.get_paginated_response(
            {
                "id": bulk.pk,
                "created_at": bulk.created_at,
                "total": total,
                "counts": counts,
                "percent": 100 * finished // total if total else 100,
                "entries": BulkEntrySerializer(page, many=True, context={"top_k": top_k}).data,
            }
        )
