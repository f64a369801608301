"""Where the pictures are: can it be written, is there room, are the files there."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage

from classifier_site.operations.doctor.findings import Check, Finding, problem, reason, warning
from foundation.storage.lasting import StorageUnreachable
from predictions.models import Image

# Of the disk, as in the alerts.
LOW, NEARLY_FULL = 0.1, 0.02
LOOKED_AT = 50  # of the first and of the last pictures


def folder() -> Path:
    """That of the pictures, or, before the first picture, the one in which it will be made."""
    found = Path(settings.MEDIA_ROOT)
    while not found.exists():
        found = found.parent
    return found


def writable() -> Iterator[Finding]:
    if not settings.MEDIA_BUCKET:
        try:
            write_in(folder())
        except OSError as error:
            yield problem(
                f"Pictures cannot be stored in {settings.MEDIA_ROOT}: {reason(error)}",
                "Make room, or give the folder to the account that runs the service (in compose "
                "the user id 10001), and see that it is not mounted read-only.",
            )
    try:
        write_in(Path(tempfile.gettempdir()))
    except OSError as error:
        yield problem(
            f"Uploads cannot wait in the folder for temporary files: {reason(error)}",
            "Make room in it, or name another one with TMPDIR.",
        )


def write_in(place: Path) -> None:
    """Raises OSError."""
    descriptor, name = tempfile.mkstemp(prefix=".doctor-", dir=place)
    try:
        with open(descriptor, "wb") as trial:
            trial.write(bytes(4096))  # empty files can be created on a full disk
            trial.flush()
            os.fsync(trial.fileno())
    finally:
        os.unlink(name)


def room() -> Iterator[Finding]:
    if settings.MEDIA_BUCKET:
        return
    _, used, free = shutil.disk_usage(folder())
    share = free / max(1, used + free)
    if share < LOW:
        make = problem if share < NEARLY_FULL else warning
        yield make(
            f"Only {share:.1%} of the disk with the pictures is free ({free / 1e9:,.1f} GB).",
            "Add room, or delete what is not needed. When it is full, new pictures are refused.",
        )
    files = os.statvfs(folder())
    if files.f_files and files.f_favail < NEARLY_FULL * files.f_files:
        yield problem(
            f"The disk with the pictures has room for {files.f_favail:,} more files only.",
            "Move the pictures to a file system with more inodes.",
        )


def pictures() -> Iterator[Finding]:
    """A few of them; all of them are read by `manage.py backup`."""
    some = Image.objects.order_by("pk")
    looked_at = {*some[:LOOKED_AT], *some.reverse()[:LOOKED_AT]}
    try:
        missing = [image for image in looked_at if not default_storage.exists(str(image.file))]
    except StorageUnreachable:  # which bucket.py says
        return
    if looked_at and len(missing) == len(looked_at):
        yield problem(
            "The database knows pictures, and none of those looked for is in "
            f"{settings.MEDIA_BUCKET or settings.MEDIA_ROOT}.",
            "See whether MEDIA_URL names the right bucket and prefix."
            if settings.MEDIA_BUCKET
            else "See whether the right disk or volume is mounted there, and what MEDIA_ROOT says.",
        )
    elif missing:
        yield problem(
            f"{len(missing)} of {len(looked_at)} pictures that were looked for have no file, such "
            f"as {missing[0].file.name}.",
            "Restore them from a backup; a picture comes back, too, when anybody sends it again.",
        )


CHECKS = [Check(writable), Check(room), Check(pictures, needs=("database",))]
