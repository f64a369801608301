"""How the files of pictures are named where they are stored."""

import uuid
from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    from predictions.models import Image


def storage_path(image: "Image", _filename: str) -> str:
    """`images/2026/11/23/9f86…-1b2c3d4e.jpeg`: named by content, beside the others of its day.

    Folders by content are all over the disk: a new picture waited for one or two of their blocks.
    The last part keeps apart who stores the same picture at the same moment.
    """
    name = f"{image.md5}-{uuid.uuid4().hex[:8]}{image.FILE_ENDINGS[image.format]}"
    return f"images/{timezone.now():%Y/%m/%d}/{name}"
