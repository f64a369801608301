"""Who among staff may be shown pictures of other people. Each look is in the audit log."""

from django.contrib.auth.models import AnonymousUser

from accounts.models import User

# Rights to look at a list that shows pictures.
RIGHTS = [
    right
    for what in ("view", "change")
    for right in (
        f"predictions.{what}_image",
        f"predictions.{what}_inference",
        f"predictions.{what}_prediction",
        f"feedback.{what}_feedback",
    )
]


def may_be_shown_pictures(user: User | AnonymousUser) -> bool:
    return user.is_staff and any(map(user.has_perm, RIGHTS))
