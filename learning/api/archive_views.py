"""Archives of pictures over HTTP."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import user_of
from learning import archives
from learning.api import archive_schema as schema
from learning.api.access import OfTaught, cancel
from learning.api.work_serializers import ArchiveSerializer
from learning.api.zips import keeping, sent_zip
from learning.models import Archive
from predictions.throttles import PredictThrottle


class ArchivesView(OfTaught):
    authenticates_first = takes_uploads = True
    parser_classes = [MultiPartParser]
    throttle_classes = [PredictThrottle]

    @schema.create
    def post(self, request: Request, name: str) -> Response:
        classifier = self.get_classifier()
        file = sent_zip(request)
        with keeping():
            archive = archives.start(user_of(request), classifier, file, file.name)
        location = reverse("archive", args=[classifier.name, archive.pk])
        return Response(ArchiveSerializer(archive).data, 202, headers={"Location": location})


class ArchiveView(OfTaught):
    def get_archive(self) -> Archive:
        """Raises Http404 and NotFound."""
        archive: Archive = get_object_or_404(self.get_classifier().archives, pk=self.kwargs["pk"])
        return archive

    @schema.retrieve
    def get(self, request: Request, name: str, pk: UUID) -> Response:
        return Response(ArchiveSerializer(self.get_archive()).data)

    @schema.cancel
    def delete(self, request: Request, name: str, pk: UUID) -> Response:
        cancel(self.get_archive())
        return Response(status=204)
