"""The newest events of the audit log about one account, as shown to its owner."""

from typing import Any

from accounts import devices, failed_sign_ins
from accounts.audit import AuditEvent
from accounts.models import User

SHOWN = 10


def about(user: User) -> list[dict[str, Any]]:
    """The owner does not see addresses and devices of staff."""
    events = AuditEvent.objects.filter(target_type=user._meta.label_lower, target_id=str(user.pk))
    return [
        {
            "at": event.created_at,
            "what": event.get_action_display(),
            "times": event.detail.get(failed_sign_ins.NUMBER),
            "by_administrator": is_by_administrator(event),
            "address": event.address,
            "device": devices.describe(event.user_agent),
        }
        for event in events[:SHOWN]
    ]


def is_by_administrator(event: AuditEvent) -> bool:
    """By staff, or on the command line. A sign-in that failed has an address and no actor."""
    if event.actor_id is None:
        return not event.address
    return not event.is_to_oneself()
