"""Maintenance as a row, so that it holds for all processes and survives restarts."""

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

DEFAULT_MESSAGE = gettext_noop(
    "The service is under maintenance. New pictures are accepted again later; everything else "
    "works."
)


class Maintenance(models.Model):
    """There is a row while there is maintenance, and one at most."""

    MESSAGE_LENGTH = 500

    id = models.SmallIntegerField(primary_key=True, default=1)
    message = models.CharField(
        max_length=MESSAGE_LENGTH, blank=True, help_text="Empty: a usual sentence."
    )
    began_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()  # no page changes it
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="maintenance_once")]

    def __str__(self) -> str:
        """In the operator's words, or else in the language of the request."""
        return self.message or _(DEFAULT_MESSAGE)
