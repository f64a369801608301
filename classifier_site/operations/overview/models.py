"""What stays of a day when it is over, so that nobody counts a month of predictions again."""

from django.db import models


class Day(models.Model):
    """Figures of one day in UTC. The days in the table are over; they are the latest 29."""

    day = models.DateField(primary_key=True)
    predictions = models.PositiveIntegerField()
    cached = models.PositiveIntegerField(help_text="Predictions whose answer was known already.")
    people = models.PositiveIntegerField(help_text="Who asked for them.")
    times = models.JSONField(
        default=dict, help_text="By stage, how many pictures took how long; see times.py."
    )

    class Meta:
        ordering = ["day"]
        default_permissions = ()  # no page shows the rows themselves

    def __str__(self) -> str:
        return self.day.isoformat()
