"""What to look at before training, and what feedback offers, over HTTP."""

from typing import Any

from django.conf import settings
from django.db import transaction
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import user_of
from feedback.models import Feedback
from foundation.web.pagination import NewestFirst
from learning import corrections
from learning.api import checking_schema as schema
from learning.api.access import OfTaught, refusals
from learning.api.checking_serializers import (
    CorrectionSerializer,
    ProblemSerializer,
    TakeSerializer,
)
from learning.api.example_serializers import ExampleSerializer
from learning.problems import problems_of


class ProblemsView(OfTaught):
    @schema.problems
    def get(self, request: Request, name: str) -> Response:
        return Response(ProblemSerializer(problems_of(self.get_classifier()), many=True).data)


class CorrectionsView(generics.ListAPIView[Feedback], OfTaught):
    serializer_class = CorrectionSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> Any:
        return corrections.offered(user_of(self.request), self.get_classifier())

    def get_serializer_context(self) -> dict[str, Any]:
        names = corrections.names_in(self.get_classifier())
        return {**super().get_serializer_context(), "names": names}

    @schema.corrections
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @schema.take
    def post(self, request: Request, name: str) -> Response:
        classifier, user = self.get_classifier(), user_of(request)
        body = TakeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        chosen = corrections.offered(user, classifier)
        if ids := set(body.validated_data.get("ids", [])):
            chosen = chosen.filter(pk__in=ids)
        chosen = list(chosen[: settings.MAX_FILES])
        if missing := ids - {said.pk for said in chosen}:
            raise ValidationError({"ids": [schema.NOT_OFFERED.format(min(missing))]})
        with refusals(), transaction.atomic():
            taken = corrections.take(user, classifier, chosen)
        said = ExampleSerializer(taken, many=True, context={"classifier": classifier})
        return Response(said.data)
