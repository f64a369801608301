"""Metrics of classifiers: which versions answer, and how often that was changed."""

from collections import defaultdict

from django.db.models import Count
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.registry.routing import share_of


def look_at_roles() -> list[Metric]:
    """Queries the database twice."""
    shares = GaugeMetricFamily(
        "ml_model_share_percent",
        "Of the people whom a version answers; 0 for a shadow, whose answers nobody sees.",
        labels=["classifier", "role", "version"],
    )
    # Those of single people would be without number, and their names are not for everybody.
    counted = Classifier.objects.of_everybody()
    answering = ModelVersion.objects.exclude(role=ModelVersion.Role.RETIRED)
    answering = answering.filter(classifier__in=counted)
    of_classifier = defaultdict(list)
    for version in answering.select_related("classifier").defer("manifest").order_by("pk"):
        of_classifier[version.classifier.name].append(version)
    for classifier, versions in of_classifier.items():
        for version in versions:
            labels = [classifier, version.role, str(version)]
            shares.add_metric(labels, share_of(version, versions))
    changes = CounterMetricFamily(
        "ml_role_changes",
        "Changes of roles, by the role that was given.",
        labels=["classifier", "role"],
    )
    changed = RoleChange.objects.filter(classifier__in=counted)
    counts = changed.order_by().values_list("classifier__name", "role")
    for classifier, role, count in counts.annotate(Count("pk")):
        changes.add_metric([classifier, role], count)
    return [shares, changes]
