"""How old the latest backup is, for an alarm."""

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from classifier_site.operations.backups.models import latest


def look_at_backups() -> list[Metric]:
    """Nothing before the first backup: who makes none by `manage.py backup` makes them elsewise."""
    if (backup := latest()) is None:
        return []
    return [
        GaugeMetricFamily(
            "classifier_backup_age_seconds",
            "Seconds since the moment that the latest complete backup holds.",
            backup.age.total_seconds(),
        )
    ]
