"""Metrics of the disk on which the pictures are."""

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from classifier_site.operations.overview.disk import disk


def look_at_disk() -> list[Metric]:
    """Queries the database once. Raises OSError."""
    found = disk()
    return [
        GaugeMetricFamily(
            "classifier_disk_free_bytes", "Free where the pictures are stored.", found.free
        ),
        GaugeMetricFamily(
            "classifier_disk_used_bytes",
            "Used where the pictures are stored, by whatever it is.",
            found.used,
        ),
        GaugeMetricFamily(
            "classifier_media_bytes",
            "Stored pictures; of many, estimated by a sample.",
            found.pictures,
        ),
        GaugeMetricFamily("classifier_database_bytes", "The database.", found.database),
    ]
