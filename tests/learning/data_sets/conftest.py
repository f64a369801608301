"""Pictures with verified labels, exported and imported as a worker does."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import RequestFactory

from learning.data_sets import services
from learning.data_sets.models import DataSetExport, DataSetImport
from predictions.models import Inference, Prediction
from predictions.pictures.checks import check
from predictions.pictures.keeping import keep
from predictions.pictures.uploads import PictureUpload
from review.decisions import verify
from tests.pictures import picture

ESPRESSO, TABBY = "n07920052", "n02123045"


@pytest.fixture
def send(transactional_db: None, model: Any, user: Any) -> Callable[..., Prediction]:
    """A small picture that somebody has sent, answered as an espresso; they agree unless told."""

    def send(number: int, *, by: Any = None, agrees: bool = True) -> Prediction:
        content = picture((number % 256, number // 256, 7), "a.png", (8, 6)).read()
        upload = PictureUpload.of(content, "a.png")
        with transaction.atomic():
            image = keep(upload, check(upload)).image
        inference, _is_new = Inference.objects.get_or_create(
            image=image,
            model_version=model,
            defaults={
                "status": Inference.Status.DONE,
                "label": "espresso",
                "class_key": ESPRESSO,
                "score": 0.75,
            },
        )
        return Prediction.objects.create(
            user=by or user,
            image=image,
            inference=inference,
            file_name="a.png",
            may_improve=agrees,
        )

    return send


@pytest.fixture
def reviewed(send: Callable[..., Prediction], staff: Any) -> Callable[..., Prediction]:
    """The same with a verified label."""

    def reviewed(number: int, class_key: str = ESPRESSO, **options: Any) -> Prediction:
        prediction = send(number, **options)
        inference = prediction.inference
        classifier = inference.model_version.classifier
        verify(prediction.image, classifier, class_key, staff, queue="page", inference=inference)
        return prediction

    return reviewed


@pytest.fixture
def export(staff: Any, model: Any, work: Callable[[], None]) -> Callable[..., DataSetExport]:
    def export(**filters: Any) -> DataSetExport:
        request = RequestFactory().post("/data-sets/exports")
        found = services.start_export(staff, request, model.classifier, **filters)
        work()
        found.refresh_from_db()
        return found

    return export


@pytest.fixture
def bring(staff: Any, model: Any, work: Callable[[], None]) -> Callable[..., DataSetImport]:
    def bring(content: bytes) -> DataSetImport:
        request = RequestFactory().post("/data-sets/imports")
        file = ContentFile(content)
        found = services.start_import(staff, request, model.classifier, file, "data-set.zip")
        work()
        found.refresh_from_db()
        return found

    return bring


def content_of(export: DataSetExport) -> bytes:
    assert (export.status, export.error) == ("done", "")
    with export.file.open("rb") as file:
        content: bytes = file.read()
    return content


def opened(export: DataSetExport) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content_of(export)))
