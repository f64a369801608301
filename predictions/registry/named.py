"""What metrics call the version that answers, and which of its answers are sure.

Anybody may make classifiers, so not each can be a label of a metric: see observability/outcomes.py.
"""

from time import monotonic
from typing import NamedTuple

from predictions.classifiers import Classifier, ModelVersion

MOST = 100  # versions that a process names in its life
OTHERS = "others"  # further ones, and those of classifiers that are not for everybody
RENEWED_EVERY = 60  # seconds, until which a new threshold or name is noticed


class Named(NamedTuple):
    classifier: str
    version: str
    thresholds: Classifier
    read_at: float  # by a monotonic clock


class Names:
    """As this process has last read them."""

    def __init__(self) -> None:
        self.versions: dict[int, Named] = {}
        self.given: set[tuple[str, str]] = set()

    def of(self, version_id: int) -> Named:
        """Raises ModelVersion.DoesNotExist and DatabaseError."""
        known = self.versions.get(version_id)
        if known is None or monotonic() - known.read_at > RENEWED_EVERY:
            if len(self.versions) > MOST:
                self.versions.clear()
            known = self.versions[version_id] = self.read(version_id)
        return known

    def read(self, version_id: int) -> Named:
        versions = ModelVersion.objects.select_related("classifier").defer("manifest")
        version = versions.get(pk=version_id)
        names = (version.classifier.name, str(version))
        if version.classifier.is_everybodys and (names in self.given or len(self.given) < MOST):
            self.given.add(names)
        else:
            names = (OTHERS, OTHERS)
        return Named(*names, version.classifier, monotonic())

    def labels(self, version_id: int) -> dict[str, str]:
        """Raises as `of` does."""
        named = self.of(version_id)
        return {"classifier": named.classifier, "version": named.version}


names = Names()
