"""Why something is not done in teaching; each message is a sentence for the person who asked."""

from django.utils.translation import gettext as _

from accounts.models import User
from learning.background import BackgroundWork

MOST_WAITING = 5  # of one person and of a kind, or others would wait for these all day


class TeachingRefused(Exception):
    """It is not done, and nothing has changed.

    text, values: the message before the values were filled in; a message id for gettext, if a
        worker raises it, who does not know the reader's language.
    """

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(_(text) % values if values else _(text))
        self.text, self.values = text, values


class Busy(TeachingRefused):
    """It can be done when what runs now has finished."""


def refuse_many(kind: type[BackgroundWork], user: User | None, why: str) -> None:
    """Raises Busy if as much of this person waits, or is being done, as may."""
    theirs = kind._default_manager.filter(started_by=user, status__in=kind.UNFINISHED)
    if user is not None and theirs.count() >= MOST_WAITING:
        raise Busy(why)
