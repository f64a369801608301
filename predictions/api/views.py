"""Predictions over HTTP."""

import logging
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from redis.exceptions import RedisError
from rest_framework import generics
from rest_framework.exceptions import Throttled
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.scopes import Scope
from accounts.services import user_of
from foundation.observability.timing import Stopwatch, server_timing
from foundation.postgresql.replica.reading import alias_for
from foundation.web.codes import problem
from foundation.web.pagination import NewestFirst
from predictions import services
from predictions.api import bulk_schema, schema
from predictions.api.consent import may_improve_of
from predictions.api.model_parameter import model_of, version_of
from predictions.api.prefer import Prefer
from predictions.api.refused import not_taken
from predictions.api.serializers import (
    AcceptedSerializer,
    AnswerSerializer,
    PredictionSerializer,
)
from predictions.api.top_k import top_k_of
from predictions.bulk.models import Bulk, BulkEntry
from predictions.filters import HistoryFilter
from predictions.models import Inference, Prediction
from predictions.pictures.checks import Refused
from predictions.pictures.responses import picture_response
from predictions.refusals import NotTaken
from predictions.registry.naming import UnknownVersion
from predictions.registry.routing import UnknownClassifier
from predictions.throttles import PredictThrottle, pictures_wait
from predictions.webhooks.services import expect_end_of

logger = logging.getLogger(__name__)

ONE_FILE = "Send one file here; POST /model/predictions takes many."
UNREACHABLE = "The database or the queue cannot be reached right now. Send this file again later."


def is_lost(connection: Any) -> bool:
    """Whether the database is gone, and has not just refused something."""
    return connection.connection is None or bool(connection.connection.closed)


def location(prediction: Prediction, top_k: int = Inference.TOP_K) -> str:
    """Where the answer will be, with as many classes as were asked for."""
    return with_top_k(reverse("prediction", args=[prediction.pk]), top_k)


def with_top_k(address: str, top_k: int) -> str:
    return address if top_k == Inference.TOP_K else f"{address}?top_k={top_k}"


def later(prediction: Prediction, status: int, detail: str, code: str, **headers: str) -> Response:
    """An error that does not lose the picture: its answer will be at the Location."""
    return Response(
        problem(status, detail, code) | {"id": prediction.pk},
        status,
        headers={"Location": location(prediction), **headers},
    )


@schema.predict
class PredictView(APIView):
    scopes = {"POST": [{Scope.PREDICT}]}
    authenticates_first = takes_uploads = True
    parser_classes = [MultiPartParser]
    throttle_classes = [PredictThrottle]

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.watch = Stopwatch()  # before it is known who asks, and before the file is read
        return super().dispatch(*args, **kwargs)

    def post(self, request: Request) -> Response:
        prefer = Prefer.parse(request.headers.get("Prefer", ""))
        top_k, model, version = top_k_of(request), model_of(request), version_of(request)
        may_improve = may_improve_of(request)
        uploads = request.FILES.getlist("file")
        if not uploads:
            return Response(problem(400, "No file provided", "no_file"), 400)
        if uploads[1:]:
            return Response(problem(400, ONE_FILE, "too_many_files"), 400)
        wait = settings.PREDICT_TIMEOUT
        if prefer.wait is not None:
            wait = min(wait, prefer.wait)
        elif prefer.respond_async:
            wait = 0
        try:
            waits = wait > 0 and not prefer.respond_async  # who asks for 202 can be told at once
            prediction = services.request_prediction(
                user_of(request),
                uploads[0],
                waits=waits,
                may_improve=may_improve,
                classifier=model,
                version=version,
            )
            if prefer.respond_async and not wait:
                return accepted(prediction, top_k)
            inference = services.wait_for_answer(prediction, wait)
        except Refused as error:
            return Response(problem(400, str(error), error.reason), 400)
        except (UnknownClassifier, UnknownVersion) as error:
            return Response(problem(404, str(error)), 404)
        except NotTaken as error:
            return not_taken(error)
        except services.NotQueued as error:
            return later(
                error.prediction,
                503,
                "The queue cannot be reached right now. The picture is kept and will be "
                "classified; look for the answer at the Location.",
                "queue_unreachable",
                **{"Retry-After": "30", "Location": location(error.prediction, top_k)},
            )
        except Inference.DoesNotExist:
            return Response(problem(404, "The prediction was deleted meanwhile.", "deleted"), 404)
        if prefer.respond_async and not inference.is_finished:  # RFC 7240, section 4.3
            return accepted(prediction, top_k)
        headers = {}
        if prefer.wait is not None and (
            inference.is_finished or self.watch.total() >= 1000 * wait  # or patience.py cut it
        ):
            headers["Preference-Applied"] = f"wait={wait}"
        stages = prediction.stages if prediction.cached else prediction.stages | inference.timings
        headers["Server-Timing"] = server_timing(stages | {"total": self.watch.total()})
        return answer(prediction, inference, headers, top_k)


def accepted(prediction: Prediction, top_k: int) -> Response:
    return Response(
        PredictionSerializer(prediction, context={"top_k": top_k}).data,
        202,
        headers={"Location": location(prediction, top_k), "Preference-Applied": "respond-async"},
    )


def answer(
    prediction: Prediction, inference: Inference, headers: dict[str, str], top_k: int
) -> Response:
    """What has become of the prediction while the request waited."""
    if inference.status == Inference.Status.DONE:
        said = AnswerSerializer(prediction, context={"top_k": top_k}).data
        return Response(said, headers=headers)
    if inference.status == Inference.Status.FAILED:
        if inference.unreadable:
            return later(prediction, 400, inference.error, "picture_unreadable")
        return later(prediction, 500, inference.error, "classification_failed")
    return later(
        prediction,
        504,
        "Still processing. Poll the URL in the Location header.",
        "still_processing",
        **headers,
        # There, not by sending the picture again.
        **{"Retry-After": "5", "Location": location(prediction, top_k)},
    )


class PredictionsView(generics.ListAPIView[Prediction]):
    serializer_class = PredictionSerializer
    pagination_class = NewestFirst
    scopes = {"GET": [{Scope.READ}], "POST": [{Scope.PREDICT}]}
    authenticates_first = takes_uploads = True
    parser_classes = [MultiPartParser]

    def get_throttles(self) -> list[Any]:
        return [PredictThrottle()] if self.request.method == "POST" else super().get_throttles()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "top_k": top_k_of(self.request)}

    def get_queryset(self) -> Any:
        user = user_of(self.request)
        asked = HistoryFilter(data=self.request.query_params.dict(), context={"user": user})
        return asked.apply(services.history(user).using(alias_for(self.request)))

    @schema.history
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @bulk_schema.create
    def post(self, request: Request) -> Response:
        uploads = request.FILES.getlist("file")
        if not uploads:
            return Response(problem(400, "No file provided", "no_file"), 400)
        top_k, model, may_improve = top_k_of(request), model_of(request), may_improve_of(request)
        if wait := pictures_wait(user_of(request), len(uploads)):
            raise Throttled(wait)
        self.is_unreachable = False
        many = len(uploads) > 1
        entries = [self.accept(upload, model, many, may_improve) for upload in uploads]
        bulk = None if self.is_unreachable else Bulk.record(user_of(request), entries)
        headers = {}
        if bulk:
            headers["Location"] = with_top_k(bulk.get_absolute_url(), top_k)
            expect_end_of(bulk)
        return Response([accepted_entry(entry, top_k) for entry in entries], 202, headers=headers)

    def accept(self, upload: Any, model: str, bulk: bool, may_improve: bool) -> BulkEntry:
        """One file of many: accepted or refused on its own.

        But once the database or the queue was lost no more are tried: each might take a minute.
        """
        entry = BulkEntry(file_name=upload.name, detail=UNREACHABLE)
        if self.is_unreachable:
            return entry
        try:
            entry.prediction = services.request_prediction(
                user_of(self.request),
                upload,
                bulk=bulk,
                may_improve=may_improve,
                classifier=model,
            )
        except (Refused, UnknownClassifier) as error:
            entry.detail = str(error)
        except NotTaken as error:
            entry.detail = error.detail
        except services.NotQueued as error:  # it will be, later
            entry.prediction = error.prediction
        except (RedisError, OperationalError, InterfaceError) as error:
            logger.error("%s: %s", type(error).__name__, error)
            self.is_unreachable = not isinstance(error, OperationalError) or is_lost(connection)
        if entry.prediction:
            entry.detail = ""
        return entry


def accepted_entry(entry: BulkEntry, top_k: int) -> dict[str, Any]:
    if entry.prediction is None:
        return {"status": entry.status, "file_name": entry.file_name, "detail": entry.detail}
    return AcceptedSerializer(
        {
            "id": entry.prediction.pk,
            "status": entry.status,
            "url": location(entry.prediction, top_k),
            "file_name": entry.file_name,
        }
    ).data


class OwnPredictionView(APIView):
    """A prediction of one's own; anybody else's is not found."""

    def get_prediction(self, pk: UUID) -> Prediction:
        return get_object_or_404(services.history(user_of(self.request)), pk=pk)


class PredictionView(OwnPredictionView):
    # A token that can send a picture can also read its answer, at the Location it was given.
    scopes = {"GET": [{Scope.PREDICT}, {Scope.READ}], "DELETE": [{Scope.PREDICT}]}

    @schema.retrieve
    def get(self, request: Request, pk: UUID) -> Response:
        prediction = self.get_prediction(pk)
        said = PredictionSerializer(prediction, context={"top_k": top_k_of(request)})
        return Response(said.data)

    @schema.destroy
    def delete(self, request: Request, pk: UUID) -> Response:
        self.get_prediction(pk).delete()
        return Response(status=204)


class PredictionImageView(OwnPredictionView):
    scopes = {"GET": [{Scope.READ}]}

    @schema.image
    def get(self, request: Request, pk: UUID) -> FileResponse:
        prediction = self.get_prediction(pk)
        return picture_response(prediction.image, prediction.image_file_name)
