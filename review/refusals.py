"""Why a decision is not taken."""

from django.utils.translation import gettext_lazy as _


class ReviewRefused(Exception):
    """`str` is a sentence for the reviewer."""


class AlreadyDecided(ReviewRefused):
    def __str__(self) -> str:
        return str(_("Somebody else has decided about this picture meanwhile."))


class Gone(AlreadyDecided):
    def __str__(self) -> str:
        return str(_("This picture no longer waits for review."))


class NoSuchClass(ReviewRefused):
    def __str__(self) -> str:
        return str(_("The classifier has no such class."))


class NoFeedback(ReviewRefused):
    def __str__(self) -> str:
        return str(_("There is no feedback to reject."))


class NothingToUndo(ReviewRefused):
    def __str__(self) -> str:
        return str(_("There is nothing to undo."))
