"""Who signs in with an email and a password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User
from accounts.passwords import compose


class EmailBackend(ModelBackend):
    """Django's, for every spelling of an email and of a password.

    A failure ends the sign-in: settings.py lists Django's own backend behind this one, for the
    sessions that it has begun, and it would compute the same hash again.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Raises PermissionDenied for an unknown email and a wrong password."""
        if username is None or password is None:
            return None
        people = User.objects.with_email(username)
        if not people:  # takes as long as if there were one
            for spelling in {compose(password), password}:
                User().set_password(spelling)
        for person in people:
            if person.sign_in_password(password) and self.user_can_authenticate(person):
                return person
        raise PermissionDenied
