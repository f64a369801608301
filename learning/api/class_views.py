"""The classes that a classifier is taught, over HTTP."""

from django.http import Http404
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from learning.api import class_schema as schema
from learning.api.access import OfTaught, refusals
from learning.api.class_serializers import ClassNameSerializer, TaughtClassSerializer
from learning.classes import add_class, rename
from learning.models import TaughtClass
from learning.problems import classes_with_counts
from predictions.classifiers import Classifier


def class_of(classifier: Classifier, key: str) -> TaughtClass:
    """With its `number` of examples. Raises Http404."""
    for found in classes_with_counts(classifier):
        if found.key == key:
            return found
    raise Http404("No TaughtClass matches the given query.")


def name_in(request: Request) -> str:
    """Raises ValidationError."""
    body = ClassNameSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    name: str = body.validated_data["name"]
    return name


class ClassesView(OfTaught):
    @schema.classes_list
    def get(self, request: Request, name: str) -> Response:
        classes = classes_with_counts(self.get_classifier())
        return Response(TaughtClassSerializer(classes, many=True).data)

    @schema.create
    def post(self, request: Request, name: str) -> Response:
        classifier = self.get_classifier()
        with refusals("name"):
            added = add_class(classifier, name_in(request))
        said = TaughtClassSerializer(class_of(classifier, added.key))
        location = reverse("taught-class", args=[classifier.name, added.key])
        return Response(said.data, 201, headers={"Location": location})


class ClassView(OfTaught):
    @schema.retrieve
    def get(self, request: Request, name: str, key: str) -> Response:
        return Response(TaughtClassSerializer(class_of(self.get_classifier(), key)).data)

    @schema.rename
    def patch(self, request: Request, name: str, key: str) -> Response:
        taught_class = class_of(self.get_classifier(), key)
        with refusals("name"):
            rename(taught_class, name_in(request))
        return Response(TaughtClassSerializer(taught_class).data)

    @schema.destroy
    def delete(self, request: Request, name: str, key: str) -> Response:
        class_of(self.get_classifier(), key).delete()
        return Response(status=204)
