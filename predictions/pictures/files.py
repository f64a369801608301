"""A picture's file: stored, flushed to the disk, written again if it was lost, deleted."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from foundation.storage.lasting import lasting_storage
from predictions.file_names import storage_path
from predictions.models import Image
from predictions.pictures.thumbnails import delete_thumbnails
from predictions.pictures.uploads import PictureUpload
from predictions.refusals import NotStored

logger = logging.getLogger(__name__)


def store(image: Image, upload: PictureUpload) -> None:
    """Writes a new picture's file.

    Raises:
        NotStored
    """
    with refused_by_the_storage():
        # Not by `save`, which asks whether the name is taken; it has 32 random bits.
        image.file = storage_path(image, upload.name)
        lasting_storage.replace(str(image.file), upload)


def discard(image: Image) -> None:
    """Deletes the file of a picture that was not recorded after all.

    If that fails, the file is swept tomorrow (sweeping.py), and our caller has better news.
    """
    try:
        lasting_storage.delete(str(image.file))
    except OSError as error:
        logger.error("The file %s could not be deleted: %s", image.file, error)


def restore_file(image: Image, upload: PictureUpload) -> None:
    """Writes the file of a stored picture again, under its name: it was lost, or damaged.

    Raises:
        NotStored
    """
    with refused_by_the_storage():
        lasting_storage.replace(str(image.file), upload)
    flush(image)
    Image.objects.filter(pk=image.pk).update(file_deleted_at=None)


@contextmanager
def refused_by_the_storage() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        logger.error("A picture could not be stored: %s", error)
        raise NotStored.because_of(error) from error


def flush(image: Image) -> None:
    """Waits until the disk has the picture's file.

    It may refuse; that is for the log only. The row is committed by then, the file can be read
    until the power fails, and if it is gone after that, sending the picture again restores it.
    """
    try:
        lasting_storage.flush(str(image.file))
    except OSError as error:
        logger.error("The picture %s could not be flushed to the disk: %s", image, error)


def delete(image: Image) -> None:
    """Deletes a picture's file and its small copies.

    Raises:
        OSError: the disk refused.
    """
    lasting_storage.delete(str(image.file))
    delete_thumbnails(str(image.file))  # after it: who makes them looks whether it is still there
