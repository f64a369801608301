"""Taking versions away as files, and bringing them: asked for here, done by work/packing.py."""

import zipfile

from django.core.files.base import File
from django.db import transaction
from django.http import FileResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import rights
from accounts.models import User
from learning import queue
from learning.archives import FILES_WAIT, NO_ZIP
from learning.background import Written
from learning.models import Package
from learning.refusals import TeachingRefused
from predictions.classifiers import Classifier, ModelVersion

GONE = gettext_noop(
    "This file is not here. Files of versions are kept for a day; then they are written anew when "
    "somebody asks for them."
)


def start_export(user: User, version: ModelVersion) -> Package:
    """The one that is there already, if it is.

    Raises TeachingRefused.
    """
    there = version.packages.filter(
        is_import=False,
        status__in=[*Package.UNFINISHED, Package.Status.DONE],
        created_at__gt=timezone.now() - Package.KEPT_FOR,
    )
    if (package := there.first()) is not None:
        return package
    if version.members.exists():
        raise TeachingRefused(_("An ensemble cannot be exported. Export its members instead."))
    queue.refuse_many(Package, user, _(FILES_WAIT))
    name = slugify(version.classifier.title) or version.classifier.name
    package = Package.objects.create(
        classifier=version.classifier,
        version=version,
        started_by=user,
        file_name=f"{name}-{version.version}.zip",
    )
    transaction.on_commit(lambda: queue.start(package))
    return package


def start_import(
    user: User, classifier: Classifier, file: File, file_name: str, *, as_staff: bool = True
) -> Package:
    """Keeps the file until a worker has read it. as_staff: with the rights of staff, if they are.

    Raises:
        TeachingRefused: it is no ZIP file, or many wait.
        OSError: it cannot be stored.
    """
    if not zipfile.is_zipfile(file):
        raise TeachingRefused(_(NO_ZIP))
    queue.refuse_many(Package, user, _(FILES_WAIT))
    file.seek(0)
    package = Package(
        classifier=classifier,
        is_import=True,
        may_bring_network=as_staff and rights.staff_may_now(user, "change", ModelVersion),
        started_by=user,
        file_name=file_name[-255:],
    )
    package.file.save("package.zip", file, save=False)
    try:
        package.save()
    except BaseException:
        package.file.delete(save=False)
        raise
    transaction.on_commit(lambda: queue.start(package))
    return package


def open_file(package: Written) -> FileResponse:
    """The ZIP, to be kept as a file.

    Raises FileNotFoundError: it is not written yet, or not kept any more.
    """
    if not package.is_there:
        raise FileNotFoundError(package.pk)
    response = FileResponse(
        package.file.open("rb"),
        as_attachment=True,
        filename=package.file_name,
        content_type="application/zip",
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
