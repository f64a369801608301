"""Records Django's own signals in the audit log, from pages and API alike."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit, failed_sign_ins, second_step
from accounts.audit import Action
from accounts.models import User


@receiver(user_logged_in)
def record_sign_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """On pages; accounts/services.py records those over the API, which has no session."""
    detail = {"by": "page"}
    if second_step.PASSED in request.session:
        detail["second_factor"] = request.session[second_step.PASSED]
    audit.record(Action.SIGNED_IN, request, actor=user, target=user, detail=detail)


@receiver(user_logged_out)
def record_sign_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None and user.pk is not None:  # not with an account that was just deleted
        audit.record(Action.SIGNED_OUT, request, actor=user, target=user, detail={"by": "page"})


@receiver(user_login_failed)
def record_failure(
    credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Its target is the account that was tried, even if it does not exist."""
    email = User.normalise_email(str(credentials.get("username", "")))
    failed_sign_ins.record(request, account_tried(email))


def account_tried(email: str) -> User | None:
    """None if it is not an email: it may be a password, typed into the wrong field."""
    try:
        validate_email(email)
    except ValidationError:
        return None
    return next(iter(User.objects.with_email(email)), None) or User(email=email)
