"""What an API token may do. An access token may do all that its person may."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    PREDICT = "predict", _("Send pictures, get their answers, delete them")
    READ = "read", _("Read the history, feedback and the account")
    FEEDBACK = "feedback", _("Give feedback")


def every_scope() -> list[str]:
    """Of tokens that were made before there were scopes, and the default of new ones."""
    return list(Scope.values)
