"""Pictures like one of one's own, over HTTP."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from accounts.services import user_of
from foundation.web.codes import problem
from predictions import services
from predictions.api import similar_schema as schema
from predictions.api.similar_serializers import SimilarSerializer, limit_of
from predictions.api.views import OwnPredictionView
from predictions.models import Inference
from predictions.similar.nearest import NotYet
from predictions.similar.own import similar_to
from predictions.similar.table import NotSupported


class SimilarView(OwnPredictionView):
    scopes = {"GET": [{Scope.READ}]}

    @schema.similar
    def get(self, request: Request, pk: UUID) -> Response:
        limit = limit_of(request)
        prediction = self.get_prediction(pk)
        if prediction.inference.status != Inference.Status.DONE:
            return Response(problem(409, schema.UNANSWERED, "not_answered"), 409)
        try:
            found = similar_to(prediction, services.history(user_of(request)), limit)
        except NotYet:
            return Response(problem(409, schema.FROM_BEFORE, "no_features"), 409)
        except NotSupported:
            return Response(problem(501, schema.NO_PGVECTOR, "no_pgvector"), 501)
        return Response(SimilarSerializer(found, many=True).data)
