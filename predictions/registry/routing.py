"""Which version answers whom.

Each process keeps what it knows of a classifier. That costs no statement: the one that records a
picture holds only while the classifier has the revision that is known here (recording.py), and
otherwise the roles are read again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from accounts.models import User
from predictions.classifiers import DEFAULT, Classifier, ModelVersion
from predictions.refusals import NoModel

BUCKETS = 100  # parts of the people, of one percent each


class UnknownClassifier(LookupError):
    """No classifier has this name."""

    def __init__(self, name: str) -> None:
        self.known = list(Classifier.objects.values_list("name", flat=True))
        known = ", ".join(self.known) or "none, prepare a model first"
        super().__init__(f"Unknown classifier {name!r}. Choose one of: {known}")


@dataclass(frozen=True)
class Roles:
    """What answers the pictures of one classifier, as of one revision."""

    classifier: Classifier
    champion: ModelVersion
    challengers: Mapping[int, ModelVersion]  # by bucket
    shadows: tuple[ModelVersion, ...]

    def version_for(self, user_id: int) -> ModelVersion:
        """The version that answers this person, the same one while the experiment runs."""
        if not self.challengers:
            return self.champion
        bucket = bucket_of(self.classifier.experiment, user_id)
        return self.challengers.get(bucket, self.champion)


_known: dict[str, Roles] = {}


def roles_of(name: str = DEFAULT) -> Roles:
    """What this process knows of a classifier; it is read once, and when `forget` was called.

    Raises:
        UnknownClassifier
        NoModel: it has no champion yet.
    """
    roles = _known.get(name)
    if roles is None:
        roles = _known[name] = read_roles(name)
    return roles


def forget(name: str) -> None:
    """The roles have changed since they were read."""
    _known.pop(name, None)


def read_roles(name: str) -> Roles:
    """As the database has them now. Raises what roles_of raises."""
    classifier = Classifier.objects.filter(name=name).first()
    if classifier is None:
        if name == DEFAULT:  # nothing was ever prepared
            raise NoModel
        raise UnknownClassifier(name)
    return read_roles_in(classifier)


def read_roles_in(classifier: Classifier) -> Roles:
    """Raises NoModel."""
    answering = classifier.versions.exclude(role=ModelVersion.Role.RETIRED)
    versions = list(answering.order_by("pk"))
    for version in versions:
        version.classifier = classifier
    by_role = {role: [v for v in versions if v.role == role] for role in ModelVersion.Role}
    if not by_role[ModelVersion.Role.CHAMPION]:
        raise NoModel
    return Roles(
        classifier,
        by_role[ModelVersion.Role.CHAMPION][0],
        {
            bucket: version
            for version in by_role[ModelVersion.Role.CHALLENGER]
            for bucket in version.buckets
        },
        tuple(by_role[ModelVersion.Role.SHADOW]),
    )


def champion_of(name: str = DEFAULT) -> ModelVersion:
    """As the database has it now. Raises NoModel."""
    found = ModelVersion.objects.filter(classifier__name=name, role=ModelVersion.Role.CHAMPION)
    champion = found.select_related("classifier").first()
    if champion is None:
        raise NoModel
    return champion


def version_for(user: User, name: str = DEFAULT) -> ModelVersion:
    """Raises what roles_of raises."""
    return roles_of(name).version_for(user.pk)


def share_of(version: ModelVersion, versions: Iterable[ModelVersion]) -> int:
    """Of the people, in percent, whom a version answers; `versions` are all of its classifier."""
    if version.role == ModelVersion.Role.CHAMPION:
        return BUCKETS - sum(other.share for other in versions)
    return version.share


def bucket_of(experiment: UUID, user_id: int) -> int:
    """The part of the people to which this person belongs, 0 to 99.

    Of a hundred accounts made one after the other each is in another part, so the shares are
    exact, and which one is in which is a matter of the experiment.
    """
    block, place = divmod(user_id, BUCKETS)
    return parts_of_block(experiment, block)[place]


@lru_cache(maxsize=4096)
def parts_of_block(experiment: UUID, block: int) -> list[int]:
    def draw(part: int) -> bytes:
        return sha256(f"{experiment} {block} {part}".encode()).digest()

    return sorted(range(BUCKETS), key=draw)
