"""Metrics of trainings, archives and other long work, which the database knows."""

from django.db.models import Count
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from learning.background import BackgroundWork
from learning.recovery import KINDS


def look_at_learning() -> list[Metric]:
    """Queries the database once for each kind of work."""
    works = GaugeMetricFamily(
        "learning_jobs",
        "Trainings and other long work that the database has, by kind and status.",
        labels=["kind", "status"],
    )
    for kind in KINDS:
        counted = kind._default_manager.order_by().values_list("status").annotate(Count("pk"))
        numbers = dict(counted)
        for status in BackgroundWork.Status.values:
            works.add_metric([str(kind._meta.model_name), status], numbers.get(status, 0))
    return [works]
