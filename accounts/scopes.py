"""What an API token is allowed to do. An access token has all permissions of its person."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    PREDICT = "predict", _("Send pictures, get their answers, delete them")
    READ = "read", _("Read the history, feedback and the account")
    FEEDBACK = "feedback", _("Give feedback")
    # Not part of `predict`: what is taught may answer other people, so tokens that scripts have had
    # for long do not come to do that.
    TEACH = "teach", _("Teach classifiers")
    # For staff with that permission. What other people have sent goes out with it, so nobody gets
    # it who did not ask for it.
    DATA_SETS = "data-sets", _("Export and import data sets")


def usual_scopes() -> list[str]:
    """All that are about one's own things: for tokens that do not say which they want."""
    return [scope for scope in Scope.values if scope != Scope.DATA_SETS]
