"""What a file must be to be accepted, told from its header: the worker decodes the rest."""

from dataclasses import dataclass
from pathlib import PurePath

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from predictions.inference.pictures import FORMATS, kind_of
from predictions.uploads import NotStored, PictureUpload

KINDS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF", ".webp": "WEBP"}


class Refused(Exception):
    """The file is not accepted; the message says why, to the person who sent it."""


@dataclass(frozen=True)
class Header:
    format: str
    width: int
    height: int


def check(upload: PictureUpload) -> Header:
    """The picture's header, without decoding its pixels.

    Raises:
        Refused: wrong extension, too large, content of another kind, or too many pixels.
        NotStored: there was no room for it while it arrived.
    """
    expected = KINDS.get(PurePath(upload.name).suffix.lower())
    if expected is None:
        raise Refused(_("File type is not supported."))
    if upload.too_large:
        raise Refused(_("File too large"))
    if not upload.is_kept:
        raise NotStored
    if not upload.size:
        raise Refused(_("The file is empty."))
    header = read_header(upload)
    if header.format != expected:
        raise Refused(
            _("The file is called %(expected)s by its name, but its content is %(found)s.")
            % {"expected": expected, "found": header.format}
        )
    if header.width * header.height > settings.MAX_PIXELS:
        raise Refused(
            _(
                "The picture has too many pixels: %(width)s × %(height)s, "
                "and at most %(most)s are accepted."
            )
            % {"width": header.width, "height": header.height, "most": f"{settings.MAX_PIXELS:,}"}
        )
    return header


def read_header(upload: PictureUpload) -> Header:
    """Raises Refused when the content is no picture of a kind accepted here."""
    upload.seek(0)
    try:
        with PillowImage.open(upload, formats=FORMATS) as image:
            return Header(kind_of(image), image.width, image.height)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Refused(_("The content of the file is not a readable image.")) from error
    finally:
        upload.seek(0)
