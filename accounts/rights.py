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
    opts = model._meta
    verbs = ("view", "change") if verb == "view" else (verb,)
    codenames = [get_permission_codename(each, opts) for each in verbs]
    if not user.is_staff:
        return False
    if not any(user.has_perm(f"{opts.app_label}.{name}") for name in codenames):
        return False
    staff_factor.refuse_if_missing(user)
    return True


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
