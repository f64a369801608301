"""People: a user is an email address that signs in; their API tokens and second factors."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import email_addresses
from accounts.audit import AuditEvent as AuditEvent  # where Django looks for models
from accounts.invitations import Invitation as Invitation
from accounts.passwords import ComposedPasswords
from accounts.scopes import Scope, usual_scopes

EMAIL_TAKEN = _("This email is already registered.")
WRONG_PASSWORD = _("Incorrect password.")


def not_reserved(email: str) -> None:
    """Refuses addresses without a mailbox (RFC 2606), which the service's own accounts use."""
    if email.strip().lower().endswith(".invalid"):
        raise ValidationError(_("Enter a valid email address."))


# An email that is not in its one spelling has such a character.
IN_UNICODE = models.Q(email__regex="[^ -~]")


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, email: str, password: str | None = None, username: str = "", **extra: Any
    ) -> "User":
        """A saved user; `password=None` makes one that cannot sign in until it is reset."""
        user = self.model(email=email, username=username, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, username: str = "", **extra: Any
    ) -> "User":
        return self.create_user(
            email, password, username, is_staff=True, is_superuser=True, **extra
        )

    def get_by_natural_key(self, username: str | None) -> "User":
        """Finds a user by email, however it is spelled."""
        people = self.with_email(username or "")
        if not people:
            raise self.model.DoesNotExist
        return people[0]

    def with_email(self, email: str) -> list["User"]:
        """Everybody who has this mailbox: one account, or those from before one address was one.

        The spelling as typed comes first. The query uses two indexes.
        """
        typed, usual = email.strip().lower(), User.normalise_email(email)
        found = self.filter(models.Q(email=usual) | IN_UNICODE)
        people = [user for user in found if User.normalise_email(user.email) == usual]
        return sorted(people, key=lambda user: user.email != typed)


class User(ComposedPasswords, PermissionsMixin):
    email = models.EmailField(_("email"), max_length=254, validators=[not_reserved])
    username = models.CharField(_("name"), max_length=150, blank=True)
    is_staff = models.BooleanField(
        "staff",
        default=False,
        help_text="May open the admin. What they may see and do there and over the API, the "
        "permissions below say.",
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Take away instead of deleting to lock somebody out."
    )
    language = models.CharField(
        max_length=7,
        blank=True,
        choices=settings.LANGUAGES,
        help_text="Of the pages; empty: as the browser asks.",
    )
    quota_pictures = models.PositiveIntegerField(
        null=True, blank=True, help_text="That are kept for them. Empty: as for everybody."
    )
    quota_bytes = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Of these pictures. Empty: as for everybody."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    # A property of the request, not of the account: whether its session or token was made with a
    # second factor. Set by whatever authenticates the request.
    passed_second_factor = False

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            # The column, written in lower case, serves every look-up; the expression also covers
            # rows that are not written through this class.
            models.UniqueConstraint(fields=["email"], name="user_email_unique"),
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_in_any_case",
                violation_error_message=EMAIL_TAKEN,
            ),
        ]
        indexes = [
            models.Index(fields=["email"], condition=IN_UNICODE, name="user_email_in_unicode"),
            # The admin searches for beginnings (LIKE 'ada@%'), for which the operator class is.
            models.Index(
                fields=["email"], opclasses=["text_pattern_ops"], name="user_email_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    normalise_email = staticmethod(email_addresses.normalise)

    def clean(self) -> None:
        super().clean()
        if self.email_is_new():
            self.email = self.normalise_email(self.email)
            if any(user.pk != self.pk for user in User.objects.with_email(self.email)):
                raise ValidationError({"email": EMAIL_TAKEN})

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        if (update_fields is None or "email" in update_fields) and self.email_is_new():
            self.email = self.normalise_email(self.email)
        super().save(*args, update_fields=update_fields, **kwargs)

    def email_is_new(self) -> bool:
        """An older one may keep its spelling because somebody else has the usual one."""
        if self._state.adding:
            return True
        return not User.objects.filter(pk=self.pk, email=self.email).exists()


class ApiToken(models.Model):
    """A key to the API that its owner named; accounts/tokens.py makes and finds them."""

    NAME_LENGTH = 100

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=NAME_LENGTH, help_text="What it is for.")
    prefix = models.CharField("begins with", max_length=16)
    hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret, in hex.")
    scopes = ArrayField(
        models.CharField(max_length=16, choices=Scope.choices), default=usual_scopes
    )
    second_factor = models.BooleanField(
        "made with a second factor",
        db_default=False,
        help_text="Without, it has none of its owner's rights as staff where these need one.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(
        "expires", null=True, blank=True, help_text="Empty: good until it is revoked."
    )
    last_used_at = models.DateTimeField(
        "last used", null=True, blank=True, help_text="Give or take an hour."
    )

    class Meta:
        verbose_name = "API token"
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


class OutgoingMail(models.Model):
    """A queued mail; accounts/outbox.py sends it. It contains no secret until then."""

    class Kind(models.TextChoices):
        """Its templates are `accounts/<kind>_mail.txt` and `_subject.txt`."""

        INVITATION = "invitation"
        PASSWORD_RESET = "password_reset"  # noqa: S105
        SIGN_IN_FAILURES = "sign_in_failures"
        WEBHOOK_SWITCHED_OFF = "webhook_switched_off"

    kind = models.CharField(max_length=32, choices=Kind.choices)
    email = models.CharField(max_length=254, help_text="Whether anybody has it is seen later.")
    site = models.TextField(help_text="The address that links begin with.")
    language = models.CharField(max_length=7)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "email"], name="outgoing_mail_once")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.email}"


class Authenticator(models.Model):
    """An app that shows a code every 30 seconds (RFC 6238); see accounts/second_factor.py."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator")
    secret = models.CharField(max_length=255, help_text="Encrypted.")
    last_step = models.BigIntegerField(
        default=0, help_text="Number of the 30 seconds whose code was accepted last."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Authenticator app of {self.user}"


class Passkey(models.Model):
    """A key pair whose private half stays on a device (WebAuthn); see accounts/passkeys.py."""

    NAME_LENGTH = 100

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=NAME_LENGTH)
    credential_id = models.BinaryField(max_length=1023, unique=True)
    credential = models.BinaryField(help_text="The public half, as the device attested it.")
    sign_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """A code that works once, for a lost device."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    hash = models.CharField(max_length=64, help_text="SHA-256 of the code, in hex.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "hash"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"Recovery code of {self.user}"


class SignIn(models.Model):
    """Where and with which device somebody is signed in."""

    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    signed_in_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(help_text="Give or take an hour.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.user_agent}, {self.address}"


class ApiSignIn(SignIn):
    """A program that signed in; `family` is that of its tokens, see accounts/families.py."""

    family = models.CharField(max_length=32, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_sign_ins")


class Session(SignIn, AbstractBaseSession):
    """A browser that signed in; accounts/sessions.py fills it in and ends it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> Any:
        from accounts.sessions import SessionStore  # which needs this class

        return SessionStore
