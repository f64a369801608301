"""Inviting somebody, from the admin or a shell: by mail where one can be sent, else by a link."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone, translation

from accounts import audit, outbox
from accounts.audit import Action
from accounts.invitations import LASTS, Invitation
from accounts.models import EMAIL_TAKEN, OutgoingMail, User, not_reserved


@dataclass(frozen=True)
class Invited:
    invitation: Invitation
    link: str | None  # shown once; None if it goes by mail


@transaction.atomic
def invite(
    email: str = "",
    *,
    site: str,
    lasts: timedelta = LASTS,
    by: User | None = None,
    request: HttpRequest | None = None,
) -> Invited:
    """Makes an invitation, in place of an unused one for the same email.

    email: empty for whoever has the link.
    site: the address that links begin with.

    Raises:
        ValidationError: the email is not valid, or somebody has an account with it.
    """
    email = User.normalise_email(email)
    if email:
        validate_email(email)
        not_reserved(email)
        if User.objects.with_email(email):
            raise ValidationError(EMAIL_TAKEN)
        Invitation.objects.filter(email=email, used_at=None).delete()
    invitation = Invitation(email=email, invited_by=by, expires_at=timezone.now() + lasts)
    code = invitation.new_code()
    invitation.save()
    audit.record(Action.INVITED, request, actor=by, target=invitation)
    if email and site and settings.EMAIL_HOST:
        language = translation.get_language() or ""
        outbox.put_for(OutgoingMail.Kind.INVITATION, email, site=site, language=language)
        return Invited(invitation, None)
    return Invited(invitation, invitation.link(code, site))
