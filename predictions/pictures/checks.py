"""What a file must be to be accepted, told from its header: the worker decodes the rest."""

from pathlib import PurePath
from threading import BoundedSemaphore

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from foundation.web.multipart import UNNAMED
from predictions.inference import limits
from predictions.inference.containers import format_of
from predictions.inference.essence import essence
from predictions.inference.limits import UnreadableImage, measure
from predictions.inference.pictures import as_shown, open_frame
from predictions.inference.survey import Survey
from predictions.pictures.uploads import PictureUpload
from predictions.refusals import NotStored

KINDS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",  # as Windows and Chrome save some
    ".gif": "GIF",
    ".webp": "WEBP",
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".avif": "AVIF",
}


class Refused(Exception):
    """The file is not accepted; the message says why, to the person who sent it.

    text, values: the message before the values were filled in. The text is a message id for
        gettext, so that it can be said in another language later.
    too_large: whether a smaller copy of the picture would be accepted.
    reason: as metrics name it, one of foundation/observability/outcomes.py.
    """

    reason = "not_accepted"

    def __init__(self, text: str, *, too_large: bool = False, **values: object) -> None:
        super().__init__(_(text) % written(values) if values else _(text))
        self.text, self.values, self.too_large = text, values, too_large
        if too_large:
            self.reason = "too_large"


class Malicious(Refused):
    """The virus scanner knows it."""

    reason = "malicious"


NOT_SUPPORTED = gettext_noop("File type is not supported.")
UNREADABLE = gettext_noop("The content of the file is not a readable image.")
# What predictions.inference says of a picture, which knows no translations.
gettext_noop("The picture has too many pixels: %(width)s × %(height)s. The limit is %(most)s.")
gettext_noop(
    "The picture is too wide or too high: %(width)s × %(height)s. The limit for each side is "
    "%(most)s pixels."
)
gettext_noop(
    "The picture takes too much memory to decode: %(width)s × %(height)s pixels in this format. "
    "Save it at a smaller size or in another format."
)
gettext_noop(
    "The picture takes too long to decode: it has too many scans. Save it again and send the new "
    "file."
)
gettext_noop("The file has too many segments.")
gettext_noop("The PNG file is damaged: the checksum of its %(chunk)s chunk is wrong.")
A_SMALLER_COPY_HELPS = {limits.TOO_MANY_PIXELS, limits.TOO_LONG, limits.TOO_MUCH_MEMORY}
# A file is read whole while it is checked, so not all threads of the process do that at once.
checking = BoundedSemaphore(4)


def check(upload: PictureUpload) -> Survey:
    """What decoding the picture takes, and its size when upright; no pixel is decoded for it.

    Raises:
        Refused: wrong extension, too large, content of another kind, or it asks for too much.
        NotStored: there was no room for it while it arrived.
    """
    expected = KINDS.get(PurePath(upload.name).suffix.lower())
    if expected is None and upload.name != UNNAMED:
        raise Refused(_(NOT_SUPPORTED))
    if upload.too_large:
        raise Refused(_("File too large"), too_large=True)
    if not upload.is_kept:
        raise NotStored
    if not upload.size:
        raise Refused(_("The file is empty."))
    with checking:
        upload.seek(0)
        content = upload.read()
        upload.seek(0)
        if expected is None:
            expected = format_of(content)
            if expected is None:
                raise Refused(_(NOT_SUPPORTED))
        try:
            measured = measure(content, max_pixels=settings.MAX_PIXELS)
        except UnreadableImage as error:
            text = UNREADABLE if error.text == limits.DAMAGED else error.text
            too_large = error.text in A_SMALLER_COPY_HELPS
            raise Refused(text, too_large=too_large, **error.values) from error
        if measured.format != expected:
            raise Refused(
                gettext_noop("The file name says %(expected)s, but the content is %(found)s."),
                expected=expected,
                found=measured.format,
            )
        refuse_unreadable(content, measured)
        return as_shown(content, measured)


def written(values: dict[str, object]) -> dict[str, object]:
    """Whole numbers as the page's language writes them."""
    return {
        name: number_format(value, force_grouping=True) if isinstance(value, int) else value
        for name, value in values.items()
    }


def refuse_unreadable(content: bytes, measured: Survey) -> None:
    """Raises Refused where Pillow cannot even begin with it; its errors have no common class."""
    try:
        open_frame(essence(content, measured.format), measured).close()
    except Exception as error:
        raise Refused(_(UNREADABLE)) from error
