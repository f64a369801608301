"""What staff may do: one answer for the admin, the API and the pages."""

from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from accounts import staff_factor
from accounts.models import User


def staff_may(user: User | AnonymousUser, verb: str, model: type[Model]) -> bool:
    """Whether the admin lets this user `view`, `add`, `change` or `delete` such objects.

    As in the admin, a permission to change something includes viewing it.

    Raises:
        PermissionDenied: staff without the required second factor, see staff_factor.py.
    """
    if not has_permission(user, verb, model):
        return False
    staff_factor.refuse_if_missing(user)
    return True


def staff_may_now(user: User | AnonymousUser, verb: str, model: type[Model]) -> bool:
    """The same where staff without the second factor are people like all others."""
    return has_permission(user, verb, model) and not staff_factor.is_missing(user)


def has_permission(user: User | AnonymousUser, verb: str, model: type[Model]) -> bool:
    opts = model._meta
    verbs = ("view", "change") if verb == "view" else (verb,)
    codenames = [get_permission_codename(each, opts) for each in verbs]
    return user.is_staff and any(user.has_perm(f"{opts.app_label}.{name}") for name in codenames)


def may(user: User | AnonymousUser, verb: str, person: User | None = None) -> bool:
    """Whether this user may do that to this person, or to people at all.

    Only superusers can change and delete other staff: setting a password allows signing in with
    it.
    """
    if not staff_may(user, verb, User):
        return False
    if verb == "view" or person is None or person == user or user.is_superuser:
        return True
    return not (person.is_staff or person.is_superuser)
