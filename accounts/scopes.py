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


def every_scope() -> list[str]:
    """For tokens from before scopes existed, and the default of new ones."""
    return list(Scope.values)
