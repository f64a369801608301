"""Why a picture is not taken through no fault of its own, and what that means over HTTP."""

from django.utils.translation import gettext_noop

from foundation.storage.lasting import StorageUnreachable


class NotTaken(Exception):
    """The picture was not recorded.

    reason: as metrics name it, one of foundation/observability/outcomes.py, and the error's code.
    detail: what a program is told.
    on_page: what a person is told, a message id for gettext.
    status: over HTTP.
    retry_after: seconds after which trying again makes sense; None if it makes none.
    passes_by_itself: so that a page tries again then; otherwise that is up to the sender.
    """

    reason = "other"
    detail: str
    on_page: str
    status = 503
    retry_after: int | None
    passes_by_itself = True


class QueueFull(NotTaken):
    """As many pictures wait as may."""

    reason = "queue_full"
    detail = on_page = gettext_noop("Too many pictures are waiting. Try again in a few seconds.")
    retry_after = 5


class TooManyWaiting(NotTaken):
    """As many pictures of this person wait as one person's may."""

    reason = "person_queue_full"
    detail = on_page = gettext_noop(
        "Too many of your pictures are waiting. Send more when some have been answered."
    )
    status, retry_after = 429, 10


class TooManyPixels(NotTaken):
    """This person sends more megapixels in a time than one person may."""

    reason = "megapixels"
    detail = on_page = gettext_noop("Too many large pictures in a short time. Wait a moment.")
    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.retry_after = seconds


class QuotaOfPictures(NotTaken):
    """As many pictures of this person are kept as may be."""

    reason = "quota"
    detail = on_page = gettext_noop(
        "No more pictures can be kept for you. Delete some of yours to make room."
    )
    status, retry_after = 403, None
    passes_by_itself = False


class QuotaOfBytes(NotTaken):
    """So are bytes; a smaller picture may still find room."""

    reason = "quota"
    detail = on_page = gettext_noop(
        "This picture needs more storage than you have left. Delete some of yours to make room."
    )
    status, retry_after = 403, None
    passes_by_itself = False


class NotStored(NotTaken):
    """The picture cannot be written: the disk is full, say."""

    reason = "not_stored"
    detail = "The picture could not be stored; the disk may be full. Try later."
    on_page = gettext_noop(
        "The picture could not be stored; the disk may be full. Try again later."
    )
    retry_after: int | None = 60
    passes_by_itself = False

    @classmethod
    def because_of(cls, error: OSError) -> "NotStored":
        return StorageAway() if isinstance(error, StorageUnreachable) else NotStored()


class StorageAway(NotStored):
    """The storage is another machine, and does not answer."""

    detail = "The picture could not be stored: the storage cannot be reached. Try later."
    on_page = gettext_noop(
        "The picture could not be stored: the storage cannot be reached. Try again later."
    )


class NotScanned(NotTaken):
    """The virus scanner gives no verdict, and without one nothing is accepted."""

    reason = "not_scanned"
    detail = "The picture could not be scanned for viruses. Try later."
    on_page = gettext_noop("The picture could not be scanned for viruses. Try again later.")
    retry_after = 60
    passes_by_itself = False


class NoModel(NotTaken):
    """No model has been prepared yet."""

    reason = "no_model"
    detail = "No model is prepared yet. Operators: manage.py prepare_model auto."
    on_page = gettext_noop("No model is ready yet. Contact the administrators of this service.")
    retry_after: int | None = 60
    passes_by_itself = False


class NothingInUse(NoModel):
    """This classifier has no champion yet: its owner has put nothing into use."""

    detail = on_page = gettext_noop(
        "This classifier answers nothing yet: none of its versions is in use."
    )
    status = 409
    retry_after = None
