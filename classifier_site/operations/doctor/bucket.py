"""Where the pictures are in S3: can it be used, and does it do what the service relies on."""

from collections.abc import Iterator
from typing import cast
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from classifier_site.operations.doctor.findings import Check, Finding, problem, reason, warning
from foundation.storage.lasting import lasting_storage

TRIAL = b"written by manage.py doctor"
RIGHTS = "s3:GetObject, s3:PutObject, s3:DeleteObject and, for the bucket, s3:ListBucket"


def bucket() -> Iterator[Finding]:
    if not settings.MEDIA_BUCKET:
        return
    name = f"doctor/{uuid4().hex}"
    try:
        try_out(name)
    except OSError as error:
        yield problem(
            f"Pictures cannot be stored in {settings.MEDIA_BUCKET}: {reason(error)}",
            "See what MEDIA_URL says of bucket, endpoint and region, whether the machine reaches "
            f"it, and whether the credentials have the rights {RIGHTS}.",
        )
        return
    try:
        is_there = default_storage.exists(name)
    except OSError:
        yield problem(
            f"{settings.MEDIA_BUCKET} does not say of an object that it is missing, so lost "
            "pictures cannot be told from refused ones.",
            "Give the credentials the right s3:ListBucket for the bucket.",
        )
        return
    if is_there:
        yield problem(
            f"What was deleted in {settings.MEDIA_BUCKET} can still be read.",
            "Use a storage that is consistent: S3 itself is since 2020.",
        )


def try_out(name: str) -> None:
    """Writes, reads and deletes an object. Raises OSError."""
    lasting_storage.replace(name, ContentFile(TRIAL))
    try:
        with default_storage.open(name) as file:
            if file.read() != TRIAL:
                raise OSError("what is read is not what was written")
    finally:
        default_storage.delete(name)


def versions_of_objects() -> Iterator[Finding]:
    """Pictures that people have deleted have to be gone."""
    if not settings.MEDIA_BUCKET:
        return
    from foundation.storage.s3 import Objects

    if cast(Objects, default_storage).keeps_versions():
        yield warning(
            f"{settings.MEDIA_BUCKET} keeps earlier versions of objects, so pictures that were "
            "deleted stay there.",
            "Suspend versioning, or let a lifecycle rule delete noncurrent versions after as many "
            "days as your backups are kept.",
        )


CHECKS = [Check(bucket), Check(versions_of_objects)]
