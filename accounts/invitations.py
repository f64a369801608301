"""Invitations: with one, somebody can sign up where SIGNUP is `invite`.

Each works once, until it expires or is deleted. The database has only the hash of its code, as with
API tokens; a mail's code is made when the mail is sent (outbox.py), so that none waits in a table.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

LASTS = timedelta(days=7)


def in_a_week() -> datetime:
    return timezone.now() + LASTS


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def pending(self) -> "InvitationQuerySet":
        return self.filter(used_at=None, expires_at__gt=timezone.now())

    def with_code(self, code: str) -> "Invitation | None":
        return self.pending().filter(hash=digest(code)).first()


class Invitation(models.Model):
    email = models.EmailField(
        blank=True, help_text="Only this person can use it. Empty: whoever has the link."
    )
    hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the code, in hex.")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Empty: the command line, or somebody whose account is deleted.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField("expires", default=in_a_week)
    used_at = models.DateTimeField("used", null=True)

    objects: ClassVar[Any] = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.email or f"Invitation {self.pk}"

    def new_code(self) -> str:
        """A code for this invitation, in place of any it had; it is not saved."""
        code = secrets.token_urlsafe(32)
        self.hash = digest(code)
        return code

    def link(self, code: str, site: str) -> str:
        return f"{site}{reverse('signup')}?{urlencode({'invitation': code})}"

    def use(self) -> bool:
        """False if somebody else has just used it, or it has just expired or been deleted."""
        pending = Invitation.objects.pending().filter(pk=self.pk, hash=self.hash)
        return bool(pending.update(used_at=timezone.now()))


def digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()
