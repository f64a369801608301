"""Metrics of the disk on which the pictures are."""

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from classifier_site.operations.overview.disk import disk


def look_at_disk() -> list[Metric]:
    """Of the disk, unless pictures are in S3, and of the database, by one query. Raises OSError."""
    found = disk()
    of_disk = [
        ("classifier_disk_free_bytes", "Free where the pictures are stored.", found.free),
        (
            "classifier_disk_used_bytes",
            "Used where the pictures are stored, by whatever it is.",
            found.used,
        ),
    ]
    return [
        *(GaugeMetricFamily(*each) for each in of_disk if each[2] is not None),
        GaugeMetricFamily(
            "classifier_media_bytes",
            "Stored pictures; of many, estimated by a sample.",
            found.pictures,
        ),
        GaugeMetricFamily("classifier_database_bytes", "The database.", found.database),
    ]
