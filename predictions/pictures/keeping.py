"""A picture is kept without a prediction of it, for whoever refers to its row."""

from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from predictions.inference.survey import Survey
from predictions.models import Image
from predictions.pictures import files
from predictions.pictures.checks import Refused
from predictions.pictures.uploads import PictureUpload

TRIES = 5


class Kept(NamedTuple):
    image: Image
    is_new: bool


def keep(upload: PictureUpload, header: Survey) -> Kept:
    """The row of a picture that was checked; its file is written unless it is there.

    In a transaction: the row stays locked until its end, by which whoever calls refers to it. A
    deletion at the same moment waits, and finds that it is needed (deletion.py).

    Raises:
        Refused: a different picture is stored under the same public name.
        NotStored
    """
    for _attempt in range(TRIES):
        found = Image.objects.select_for_update().filter(
            Q(sha256=upload.sha256) | Q(md5=upload.md5)
        )
        image = found.first()
        if image is None:
            if image := create(upload, header):
                return Kept(image, is_new=True)
            continue  # stored by somebody else at this moment
        if image.sha256 != upload.sha256:
            break
        if not image.is_stored():
            files.restore_file(image, upload)
        return Kept(image, is_new=False)
    raise Refused(
        _(
            "A different picture with the same MD5 is already stored. Save yours again with "
            "another quality setting and send the new file."
        )
    )


def create(upload: PictureUpload, header: Survey) -> Image | None:
    """None if another one with these hashes is there by now. Raises NotStored."""
    image = Image(
        sha256=upload.sha256,
        md5=upload.md5,
        format=header.format,
        width=header.width,
        height=header.height,
        size=upload.size,
    )
    files.store(image, upload)
    transaction.on_commit(lambda: files.flush(image))
    try:
        with transaction.atomic():
            image.save(force_insert=True)
    except IntegrityError:
        files.discard(image)
        return None
    except BaseException:
        files.discard(image)
        raise
    return image
