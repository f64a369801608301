"""Classifiers over HTTP: listed, made, changed, shared and deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework import generics
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.services import user_of
from accounts.throttles import SignupThrottle
from foundation.web.pagination import NewestFirst
from predictions.api import classifier_schema as schema
from predictions.api.classifier_serializers import (
    ClassifierSerializer,
    NewClassifierSerializer,
    PatchSerializer,
    ShareSerializer,
)
from predictions.api.of_classifier import ABOUT_THE_MODEL, CHANGES, OfClassifier, opened
from predictions.api.role_views import Conflict
from predictions.classifiers import Classifier, ClassifierShare
from predictions.registry.ownership import (
    Change,
    OwnershipRefused,
    delete_classifier,
    new_classifier,
    rename,
    set_public,
    share,
    unshare,
)
from predictions.registry.roles import Changes, RoleRefused
from predictions.registry.thresholds import set_thresholds


@contextmanager
def refusals_named(field: str) -> Iterator[None]:
    """Raises ValidationError, which says what is wrong with this field."""
    try:
        yield
    except (OwnershipRefused, RoleRefused) as error:
        raise ValidationError({field: [str(error)]}) from error


class OldestFirst(NewestFirst):
    page_size_query_description = "How many, oldest first: 100 by default, at most 500."
    ordering = ("created_at", "id")


class ClassifiersView(generics.ListAPIView[Classifier]):
    serializer_class = ClassifierSerializer
    pagination_class = OldestFirst
    scopes = ABOUT_THE_MODEL | CHANGES

    def get_queryset(self) -> QuerySet[Classifier]:
        return opened(user_of(self.request))

    @schema.classifiers
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @schema.create
    def post(self, request: Request) -> Response:
        body = NewClassifierSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals_named("title"):
            made = new_classifier(user_of(request), body.validated_data["title"], request=request)
        found = self.get_queryset().get(pk=made.pk)
        location = reverse("classifier", args=[made.name])
        return Response(self.get_serializer(found).data, 201, headers={"Location": location})


class ClassifierView(OfClassifier):
    scopes = ABOUT_THE_MODEL | CHANGES

    def said(self) -> Response:
        found = ClassifierSerializer(self.get_classifier(), context={"request": self.request})
        return Response(found.data)

    @schema.retrieve
    def get(self, request: Request, name: str) -> Response:
        return self.said()

    @schema.update
    def patch(self, request: Request, name: str) -> Response:
        classifier = self.get_own()
        body = PatchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        change = Change(user_of(request), request)
        with transaction.atomic():
            if "title" in asked:
                with refusals_named("title"):
                    rename(classifier, asked["title"], change)
            if "is_public" in asked:
                with refusals_named("is_public"):
                    set_public(classifier, asked["is_public"], change)
            if asked.keys() & {"threshold", "class_thresholds"}:
                self.set_thresholds(classifier, asked)
        return self.said()

    def set_thresholds(self, classifier: Classifier, asked: dict[str, Any]) -> None:
        change = Changes(actor=user_of(self.request), request=self.request)
        now = change.lock_classifier(classifier)
        said = {"threshold": now.threshold, "class_thresholds": now.class_thresholds} | asked
        with refusals_named("class_thresholds"):
            set_thresholds(change, now, said["threshold"], said["class_thresholds"])

    @schema.destroy
    def delete(self, request: Request, name: str) -> Response:
        try:
            delete_classifier(self.get_own(verb="delete"), Change(user_of(request), request))
        except OwnershipRefused as error:
            raise Conflict(str(error)) from error
        return Response(status=204)


class SharesView(generics.ListAPIView[ClassifierShare], OfClassifier):
    serializer_class = ShareSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[ClassifierShare]:
        return self.get_own().shares.select_related("user")

    def get_throttles(self) -> list[Any]:
        """It says who has an account here, as often as signing up does and no oftener."""
        return [SignupThrottle()] if self.request.method == "POST" else super().get_throttles()

    @schema.shares
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @schema.share
    def post(self, request: Request, name: str) -> Response:
        classifier = self.get_own()
        body = ShareSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        email, may_teach = body.validated_data["user"]["email"], body.validated_data["may_teach"]
        person = next((user for user in User.objects.with_email(email) if user.is_active), None)
        if person is None:
            raise ValidationError({"email": [schema.NOBODY]})
        with refusals_named("email"):
            shared = share(classifier, person, may_teach, Change(user_of(request), request))
        return Response(ShareSerializer(shared).data, 201)

    @schema.unshare
    def delete(self, request: Request, name: str) -> Response:
        people = User.objects.with_email(request.query_params.get("email", ""))
        # Whoever it is shared with may leave, too.
        classifier = self.get_classifier() if request.user in people else self.get_own()
        shared = classifier.shares.filter(user__in=people).select_related("user").first()
        if shared is None:
            raise NotFound(schema.NOT_SHARED)
        unshare(classifier, shared.user, Change(user_of(request), request))
        return Response(status=204)
