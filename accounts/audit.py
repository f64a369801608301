"""The audit log: who did what to whom, from where and when.

It is append-only. The triggers of migration 0006 refuse every UPDATE and TRUNCATE, and every
DELETE of an event younger than KEPT_DAYS. People are stored as text, not as foreign keys, so
that deleting an account neither deletes nor changes its events.
"""

import logging
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from foundation.web.addresses import address_of

logger = logging.getLogger(__name__)

# The trigger has the same number. After that, operators can delete events: a law may require it.
KEPT_DAYS = 30


class Action(models.TextChoices):
    SIGNED_IN = "signed_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
    SIGNED_OUT = "signed_out", _("Signed out")
    SIGNED_UP = "signed_up", _("Signed up")
    INVITED = "invited", _("Invited")
    ACCOUNT_CREATED = "account_created", _("Account created by staff")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    PASSWORD_RESET = "password_reset", _("Password reset by email")
    EMAIL_CHANGED = "email_changed", _("Email changed")
    API_TOKEN_CREATED = "api_token_created", _("API token created")
    API_TOKEN_REVOKED = "api_token_revoked", _("API token revoked")
    WEBHOOK_CREATED = "webhook_created", _("Webhook created")
    WEBHOOK_DELETED = "webhook_deleted", _("Webhook removed")
    ACCOUNT_CHANGED = "account_changed", _("Account changed by staff")
    ACCOUNT_DELETED = "account_deleted", _("Account deleted")
    RIGHTS_CHANGED = "rights_changed", _("Permissions changed")
    SECOND_FACTOR_ADDED = "second_factor_added", _("Second factor added")
    SECOND_FACTOR_REMOVED = "second_factor_removed", _("Second factor removed")
    RECOVERY_CODES_MADE = "recovery_codes_made", _("Recovery codes created")
    REFRESH_TOKEN_REUSED = "refresh_token_reused", _("Refresh token used twice")
    SESSIONS_ENDED = "sessions_ended", _("Devices signed out")
    EXPORTED = "exported", _("Data exported")
    PICTURE_OPENED = "picture_opened", _("Picture opened by staff")
    DATA_SET_EXPORTED = "data_set_exported", _("Data set exported")
    DATA_SET_DOWNLOADED = "data_set_downloaded", _("Data set downloaded")
    DATA_SET_IMPORTED = "data_set_imported", _("Data set imported")
    DATA_SET_DELETED = "data_set_deleted", _("Imported data set deleted")
    EVENTS_FORGOTTEN = "events_forgotten", _("Old audit events deleted")
    MODEL_ROLE_CHANGED = "model_role_changed", _("Role of a model version changed")
    THRESHOLDS_CHANGED = "thresholds_changed", _("Thresholds of a classifier changed")
    CLASSIFIER_CREATED = "classifier_created", _("Classifier created")
    CLASSIFIER_CHANGED = "classifier_changed", _("Classifier changed")
    CLASSIFIER_SHARED = "classifier_shared", _("Classifier shared")
    CLASSIFIER_UNSHARED = "classifier_unshared", _("Classifier no longer shared")
    CLASSIFIER_DELETED = "classifier_deleted", _("Classifier deleted")
    REVIEWED = "reviewed", _("Picture reviewed")
    REVIEW_UNDONE = "review_undone", _("Review taken back")
    DELETED_BY_STAFF = "deleted_by_staff", _("Deleted by staff in the admin")
    MAINTENANCE_BEGAN = "maintenance_began", _("Maintenance began")
    MAINTENANCE_ENDED = "maintenance_ended", _("Maintenance ended")
    # Only in older events.
    MODEL_MADE_CURRENT = "model_made_current", _("Model version made current")


SUSPICIOUS = {Action.SIGN_IN_FAILED, Action.REFRESH_TOKEN_REUSED}


def actions() -> list[tuple[str, Any]]:
    """The migration refers to this function, so that a new action needs no migration."""
    return Action.choices


class AuditEvent(models.Model):
    # The database's clock, which is the same for all processes.
    created_at = models.DateTimeField("when", db_default=Now())
    action = models.CharField(max_length=32, choices=actions)
    actor_id = models.BigIntegerField(null=True, help_text="Empty: nobody who had signed in.")
    actor_email = models.CharField("who", max_length=254, blank=True, help_text="At that time.")
    target_type = models.CharField(max_length=64, blank=True, help_text="Such as accounts.user.")
    target_id = models.CharField(max_length=64, blank=True)
    target_text = models.CharField("to whom or what", max_length=254, blank=True)
    address = models.CharField("from", max_length=64, blank=True, help_text="The IP address.")
    user_agent = models.CharField(max_length=300, blank=True, help_text="As the client says.")
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name = "audit event"
        ordering = ["-created_at", "-id"]
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["created_at"], name="audit_created_at"),
            models.Index(fields=["action", "created_at"], name="audit_action"),
            models.Index(fields=["actor_id", "created_at"], name="audit_actor"),
            models.Index(fields=["target_type", "target_id", "created_at"], name="audit_target"),
            # The admin searches for beginnings (LIKE 'ada@%'), for which the operator class is.
            *(
                models.Index(fields=[name], opclasses=["text_pattern_ops"], name=f"audit_{name}")
                for name in ("actor_email", "target_text", "address")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.target_text or self.actor_email}"

    def is_to_oneself(self) -> bool:
        return self.target_type == "accounts.user" and self.target_id == str(self.actor_id)


def record(
    action: Action,
    request: HttpRequest | Request | None = None,
    *,
    actor: Any = None,
    target: models.Model | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Adds an event. Call it inside the transaction of the act, so that both happen or neither.

    An event does not survive the rollback of the transaction it is in: record a refusal outside.

    Args:
        request: where it came from; None for the command line and for workers.
        actor: the signed-in user who acts; None or AnonymousUser for nobody.
        target: the row that it is done to, saved or not. Its `str()` is kept, cut to 254
            characters.
        detail: more, as JSON. Never a password, a token, a mail's text or a picture's content.

    Raises:
        DatabaseError: the event could not be written, so the act must not happen either.
    """
    headers = {} if request is None else request.META
    AuditEvent.objects.create(
        action=action,
        actor_id=actor.pk if actor else None,
        actor_email=actor.get_username()[:254] if actor else "",
        target_type="" if target is None else target._meta.label_lower,
        target_id="" if target is None else str(target.pk or ""),
        target_text="" if target is None else printable(str(target))[:254],
        address="" if request is None else address_of(request)[:64],
        user_agent=printable(headers.get("HTTP_USER_AGENT", ""))[:300],
        detail=detail or {},
    )
    fields = fields_of(action, request, actor, target, detail)  # now: a deleted row loses its id
    transaction.on_commit(lambda: log(action, fields))


def log(action: Action, fields: dict[str, Any]) -> None:
    """The line that says the same to those who watch the log."""
    level = logging.WARNING if action in SUSPICIOUS else logging.INFO
    logger.log(level, action.value.capitalize().replace("_", " "), extra=fields)


def fields_of(
    action: Action,
    request: HttpRequest | Request | None,
    actor: Any,
    target: models.Model | None,
    detail: dict[str, Any] | None,
) -> dict[str, Any]:
    """Those of a log line, without emails and what people have written."""
    fields: dict[str, Any] = {"action": action.value}
    if actor:
        fields["actor_id"] = actor.pk
    if target is not None:
        fields |= {"target_type": target._meta.label_lower, "target_id": target.pk}
    if request is not None:
        fields["address"] = address_of(request)
    if detail and action is Action.MODEL_ROLE_CHANGED:
        fields |= {"classifier": detail["classifier"], "version": detail["version"]}
        fields["role"] = detail["to"]
    return fields


def printable(text: str) -> str:
    """What PostgreSQL can store: neither NUL nor half a surrogate pair."""
    return text.replace("\0", "").encode(errors="replace").decode()
