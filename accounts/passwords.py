"""One password, however a keyboard composes its characters."""

import unicodedata

from django.contrib.auth.base_user import AbstractBaseUser


def compose(password: str) -> str:
    """In NFC, as RFC 8265 (section 4.2.2) and NIST SP 800-63B (section 3.1.1.2) ask for."""
    return unicodedata.normalize("NFC", password)


class ComposedPasswords(AbstractBaseUser):
    """Django's user, whose password is composed before it is hashed."""

    class Meta:
        abstract = True

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(None if raw_password is None else compose(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        if raw_password is None:
            return super().check_password(None)
        is_composed = super().check_password(compose(raw_password))
        return is_composed or self.is_hashed_as_typed(raw_password)

    def is_hashed_as_typed(self, raw_password: str) -> bool:
        """Whether this is the password, hashed before it was composed first."""
        return compose(raw_password) != raw_password and super().check_password(raw_password)

    def sign_in_password(self, raw_password: str) -> bool:
        """Whether this is the password; its hash is renewed if it was made as typed.

        Only when signing in: a new hash ends the sessions that have begun with the old one.
        """
        if super().check_password(compose(raw_password)):
            return True
        if not self.is_hashed_as_typed(raw_password):
            return False
        self.set_password(raw_password)
        self.save(update_fields=["password"])
        return True
