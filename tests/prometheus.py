"""What /metrics says, as Prometheus reads it."""

from typing import Any

from prometheus_client.parser import text_string_to_metric_families


class Figures:
    """The samples of one look; one that is not there counts as nothing."""

    def __init__(self, text: str) -> None:
        self.values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def names(self) -> set[str]:
        return {name for name, _ in self.values}

    def of(self, name: str, **labels: Any) -> float:
        return self.values.get((name, frozenset(labels.items())), 0.0)

    def labels(self, name: str, label: str) -> set[str]:
        return {dict(labels)[label] for found, labels in self.values if found == name}
