"""What the service tells, as objects.

Fields that only newer servers send have a default, so that answers of the predecessor can be read.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Score:
    """One of the best classes. score: a probability. key: the class's, among its classifier's."""

    label: str
    score: float
    key: str = ""
    synset: str = ""

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        return cls(said["label"], said["score"], said.get("key") or "", said.get("synset") or "")


@dataclass(frozen=True)
class Prediction:
    """A picture that was sent, and its answer once there is one.

    status: queued, running, done or failed.
    label, score: of the best class; None until done.
    confident: whether the score reaches the classifier's threshold; None if that is not known.
    image_file_name: the MD5 of the content, with an ending.
    classifier, version: what answers.
    error: why it failed.
    """

    status: str
    id: str = ""
    label: str | None = None
    score: float | None = None
    confident: bool | None = None
    top_k: tuple[Score, ...] = ()
    classifier: str = ""
    version: str = ""
    cached: bool | None = None
    file_name: str = ""
    image_file_name: str = ""
    error: str = ""
    created_at: str = ""

    @property
    def is_finished(self) -> bool:
        return self.status in {"done", "failed"}

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        """Both `POST /model/predict`'s answer, which is done, and a prediction of the history."""
        model = said.get("model") or {}
        return cls(
            status=said.get("status", "done"),
            id=said.get("id") or "",
            label=said.get("prediction"),
            score=said.get("score"),
            confident=said.get("confident"),
            top_k=tuple(Score.read(each) for each in said.get("top_k") or ()),
            classifier=model.get("classifier", ""),
            version=" ".join(filter(None, (model.get("name"), model.get("version")))),
            cached=said.get("cached"),
            file_name=said.get("file_name") or "",
            image_file_name=said.get("image_file_name") or "",
            error=said.get("error") or "",
            created_at=said.get("created_at") or "",
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """The reverse of `as_dict`."""
        scores = tuple(Score(**each) for each in kept["top_k"])
        return cls(**{**kept, "top_k": scores})


@dataclass(frozen=True)
class Version:
    """What answers for a classifier."""

    id: int
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Classifier:
    """champion: None until one of its versions was put to use. labels: its classes, how many."""

    name: str
    title: str
    champion: Version | None
    labels: int
    threshold: float
    is_own: bool
    is_public: bool
    may_teach: bool

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        champion = said["champion"]
        return cls(
            name=said["name"],
            title=said["title"],
            champion=champion and Version(champion["id"], champion["name"], champion["version"]),
            labels=said["labels"],
            threshold=said["threshold"],
            is_own=said.get("is_own", False),
            is_public=said.get("is_public", True),
            may_teach=said.get("may_teach", False),
        )


@dataclass(frozen=True)
class Feedback:
    """What was said of an answer."""

    id: int
    correct: bool | None = None
    label: str = ""
    feedback: str = ""

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        return cls(
            said["id"], said.get("correct"), said.get("label") or "", said.get("feedback") or ""
        )


@dataclass(frozen=True)
class Training:
    """A classifier that learns.

    status: queued, running, done, failed or cancelled.
    says: the step it is at, in words.
    version: the id of what came of it.
    figures, comparison: see /docs; empty until it is done.
    """

    id: str
    status: str
    says: str = ""
    error: str = ""
    version: int | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    comparison: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        return self.status not in {"queued", "running"}

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        return cls(
            id=said["id"],
            status=said["status"],
            says=said["says"],
            error=said["error"],
            version=said["version"],
            figures=said.get("figures") or {},
            comparison=said.get("comparison") or {},
        )
