"""Data sets are exported and imported: asked for here, done by writing.py and reading.py."""

from datetime import date

from django.core.files.base import File
from django.db import transaction
from django.http import FileResponse, HttpRequest
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework.request import Request

from accounts import audit
from accounts.models import User
from learning import packages, queue
from learning.archives import FILES_WAIT, refuse_unreadable
from learning.data_sets.models import DataSetExport, DataSetImport
from predictions.classifiers import Classifier, ModelVersion

Action = audit.Action

GONE = gettext_noop("This file is not here. Data sets are kept for a day; then export them again.")


def start_export(
    user: User,
    request: HttpRequest | Request,
    classifier: Classifier,
    *,
    version: ModelVersion | None = None,
    class_key: str = "",
    since: date | None = None,
    until: date | None = None,
    only_sample: bool = False,
) -> DataSetExport:
    """Raises TeachingRefused."""
    queue.refuse_many(DataSetExport, user, _(FILES_WAIT))
    name = slugify(classifier.title) or classifier.name
    export = DataSetExport(
        classifier=classifier,
        version=version,
        class_key=class_key,
        since=since,
        until=until,
        only_sample=only_sample,
        started_by=user,
        file_name=f"{name}-{timezone.now():%Y-%m-%d-%H%M}.zip",
    )
    with transaction.atomic():
        export.save()
        detail = {**export.filters, "data_set": str(export.pk)}
        audit.record(
            Action.DATA_SET_EXPORTED, request, actor=user, target=classifier, detail=detail
        )
        transaction.on_commit(lambda: queue.start(export))
    return export


def open_file(export: DataSetExport, user: User, request: HttpRequest | Request) -> FileResponse:
    """Raises FileNotFoundError: it is not written yet, or not kept any more."""
    response = packages.open_file(export)
    detail = {"data_set": str(export.pk), "pictures": export.pictures}
    audit.record(
        Action.DATA_SET_DOWNLOADED, request, actor=user, target=export.classifier, detail=detail
    )
    return response


def start_import(
    user: User, request: HttpRequest | Request, classifier: Classifier, file: File, file_name: str
) -> DataSetImport:
    """Keeps the file until a worker has read it.

    Raises:
        TeachingRefused: it is not a ZIP file, or holds too much, or many wait.
        OSError: it cannot be stored.
    """
    queue.refuse_many(DataSetImport, user, _(FILES_WAIT))
    refuse_unreadable(file)
    work = DataSetImport(classifier=classifier, started_by=user, file_name=file_name[-255:])
    work.file.save("data-set.zip", file, save=False)
    try:
        with transaction.atomic():
            work.save()
            detail = {"data_set": str(work.pk), "file": work.file_name}
            audit.record(
                Action.DATA_SET_IMPORTED, request, actor=user, target=classifier, detail=detail
            )
            transaction.on_commit(lambda: queue.start(work))
    except BaseException:
        work.file.delete(save=False)
        raise
    return work


@transaction.atomic
def delete_import(user: User, request: HttpRequest | Request, work: DataSetImport) -> None:
    """With its pictures, but for those that others show; a worker deletes them one by one."""
    work.cancel()
    DataSetImport.objects.filter(pk=work.pk).update(deleted_at=timezone.now())
    detail = {"data_set": str(work.pk), "file": work.file_name, "pictures": work.pictures.count()}
    audit.record(
        Action.DATA_SET_DELETED, request, actor=user, target=work.classifier, detail=detail
    )
