"""Examples over HTTP."""

from typing import Any

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import generics
from rest_framework.exceptions import ParseError, Throttled, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import user_of
from foundation.web.pagination import NewestFirst
from foundation.web.parsers import JSONParser
from learning.api import example_schema as schema
from learning.api.access import OfTaught, refusals
from learning.api.example_serializers import (
    ExampleChangeSerializer,
    ExampleSerializer,
    ExamplesFilter,
    FromHistorySerializer,
    InClassSerializer,
)
from learning.classes import class_called
from learning.examples import add_prediction, add_upload, confirm, move
from learning.models import Example, TaughtClass
from learning.opening import let_open
from learning.refusals import TeachingRefused
from predictions.classifiers import Classifier
from predictions.pictures.checks import Refused
from predictions.pictures.responses import picture_response
from predictions.pictures.uploads import PictureUpload
from predictions.refusals import NotTaken
from predictions.services import history
from predictions.throttles import PredictThrottle, pictures_wait


def said_of(example: Example, classifier: Classifier) -> dict[str, Any]:
    return ExampleSerializer(example, context={"classifier": classifier}).data


def address(example: Example, classifier: Classifier) -> str:
    return reverse("teaching-example", args=[classifier.name, example.pk])


class ExamplesView(generics.GenericAPIView[Example], OfTaught):
    serializer_class = ExampleSerializer
    pagination_class = NewestFirst
    authenticates_first = takes_uploads = True
    parser_classes = [MultiPartParser, JSONParser]

    def get_throttles(self) -> list[Any]:
        return [PredictThrottle()] if self.request.method == "POST" else super().get_throttles()

    @schema.examples_list
    def get(self, request: Request, name: str) -> Response:
        classifier = self.get_classifier()
        asked = ExamplesFilter(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        examples = Example.objects.of(classifier).select_related("taught_class")
        if key := asked.validated_data.get("class"):
            examples = examples.filter(taught_class__key=key)
        page = self.paginate_queryset(examples)
        said = ExampleSerializer(page, many=True, context={"classifier": classifier})
        return self.get_paginated_response(said.data)

    @schema.create
    def post(self, request: Request, name: str) -> Response:
        classifier = self.get_classifier()
        if (request.content_type or "").startswith("multipart/"):
            return self.add_files(classifier)
        return self.add_from_history(classifier)

    def add_files(self, classifier: Classifier) -> Response:
        uploads = self.request.FILES.getlist("file")
        if not uploads:
            raise ParseError("No file provided", "no_file")
        body = InClassSerializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        if wait := pictures_wait(user_of(self.request), len(uploads)):
            raise Throttled(wait)
        with refusals("class"):
            taught_class = class_called(classifier, body.validated_data["class"])
        return Response([self.accept(upload, classifier, taught_class) for upload in uploads])

    def accept(
        self, upload: PictureUpload, classifier: Classifier, taught_class: TaughtClass
    ) -> dict[str, Any]:
        """One file of many: accepted or refused on its own."""
        try:
            example = add_upload(user_of(self.request), taught_class, upload)
        except (Refused, TeachingRefused) as error:
            return {"status": "refused", "file_name": upload.name, "detail": str(error)}
        except NotTaken as error:
            return {"status": "refused", "file_name": upload.name, "detail": error.detail}
        return {
            "status": "accepted",
            "file_name": upload.name,
            "id": example.pk,
            "url": address(example, classifier),
        }

    def add_from_history(self, classifier: Classifier) -> Response:
        user = user_of(self.request)
        body = FromHistorySerializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        prediction = history(user).filter(pk=body.validated_data["prediction"]).first()
        if prediction is None:
            raise ValidationError({"prediction": [schema.NO_PREDICTION]})
        with refusals("class"):
            taught_class = class_called(classifier, body.validated_data["class"])
        with refusals():
            example = add_prediction(user, taught_class, prediction)
        headers = {"Location": address(example, classifier)}
        return Response(said_of(example, classifier), 201, headers=headers)


class OneExample(OfTaught):
    def get_example(self) -> tuple[Example, Classifier]:
        """Raises Http404 and NotFound."""
        classifier = self.get_classifier()
        examples = Example.objects.of(classifier).select_related(
            *("taught_class", "image", "added_by")
        )
        return get_object_or_404(examples, pk=self.kwargs["pk"]), classifier


class ExampleView(OneExample):
    @schema.retrieve
    def get(self, request: Request, name: str, pk: int) -> Response:
        return Response(said_of(*self.get_example()))

    @schema.change
    def patch(self, request: Request, name: str, pk: int) -> Response:
        example, classifier = self.get_example()
        body = ExampleChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        if "class" in asked:
            with refusals("class"):
                example = move(example, class_called(classifier, asked["class"]))
        if "confirmed" in asked:
            confirm(example, asked["confirmed"])
        return Response(said_of(example, classifier))

    @schema.destroy
    def delete(self, request: Request, name: str, pk: int) -> Response:
        self.get_example()[0].delete()
        return Response(status=204)


class ExampleImageView(OneExample):
    @schema.image
    def get(self, request: Request, name: str, pk: int) -> FileResponse:
        example, classifier = self.get_example()
        if not let_open(request, user_of(request), classifier, example):
            raise Http404(schema.NOT_FOUND)
        return picture_response(example.image, example.file_name)
