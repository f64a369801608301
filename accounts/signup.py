"""Who may sign up: everybody, people with an invitation, or nobody (SIGNUP)."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_noop

from accounts.invitations import Invitation

CLOSED = gettext_noop("Sign-up is closed here. Ask the administrators for an account.")
NEEDED = gettext_noop("Signing up takes an invitation. Ask the administrators for one.")
UNUSABLE = gettext_noop(
    "This invitation was used, has expired or does not exist. Ask for a new one."
)
FOR_ANOTHER = gettext_noop("This invitation is for another email.")


class NotAdmitted(Exception):
    """The sentence why, a message id for gettext."""


def is_closed() -> bool:
    return settings.SIGNUP == "closed"


def takes_invitation() -> bool:
    return settings.SIGNUP == "invite"


def invitation_for(code: str) -> Invitation | None:
    """The invitation with which somebody may sign up; None where everybody may.

    Ask before looking at the rest: strangers must not learn which emails are registered.

    Raises:
        NotAdmitted
    """
    if is_closed():
        raise NotAdmitted(CLOSED)
    if not takes_invitation():
        return None
    if not code:
        raise NotAdmitted(NEEDED)
    invitation: Invitation | None = Invitation.objects.with_code(code)
    if invitation is None:
        raise NotAdmitted(UNUSABLE)
    return invitation


def use(invitation: Invitation | None, email: str) -> None:
    """Uses it up, in the transaction that makes the account.

    Raises:
        NotAdmitted: somebody else used it at this moment, or it is for another email.
    """
    if invitation is None:
        return
    if invitation.email not in ("", email):
        raise NotAdmitted(FOR_ANOTHER)
    if not invitation.use():
        raise NotAdmitted(UNUSABLE)


def offered(request: HttpRequest) -> dict[str, bool]:
    """A context processor: whether pages offer to sign up."""
    return {"offers_signup": not is_closed()}
