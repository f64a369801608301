"""What versions run, by name: known to processes that load none of it."""

from typing import TYPE_CHECKING, NamedTuple

from predictions.classifiers import ModelVersion

if TYPE_CHECKING:
    from predictions.inference.engines import Precision


class Network(NamedTuple):
    """What is loaded once: a prepared model of the store, in a precision."""

    name: str
    version: str
    precision: "Precision"

    @classmethod
    def of(cls, version: ModelVersion) -> "Network":
        """The one a version runs, which is its backbone's if it has one."""
        stored = version.manifest.get("backbone") or version.manifest
        return cls(stored["name"], stored["version"], version.precision)  # type: ignore[arg-type]

    @classmethod
    def seeing(cls, version: ModelVersion) -> "Network":
        """The one whose features are kept with a version's answers: of an ensemble, the first."""
        while not version.manifest["files"]:  # an ensemble
            version = version.members.select_related("version")[0].version
        return cls.of(version)

    def __str__(self) -> str:
        """How the tables name it that keep what it sees."""
        return f"{self.name} {self.version} {self.precision}"
