"""Who may ask which classifier, and which version answers whom.

Each process keeps what it knows of a classifier. That costs no statement: the one that records a
picture holds only while the classifier has the revision that is known here (recording.py), and
otherwise the roles are read again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from accounts import rights
from accounts.models import User
from predictions.classifiers import DEFAULT, Classifier, ModelVersion
from predictions.refusals import NoModel, NothingInUse

BUCKETS = 100  # parts of the people, of one percent each
NAMED = 50  # classifiers, in the sentence about an unknown one
KEPT = 1000  # classifiers that a process knows, some kilobytes each


class UnknownClassifier(LookupError):
    """No classifier has this name, or none that is open to this person; nobody is told which.

    user: None for operators, who are told of the server's own.
    """

    def __init__(self, name: str, user: User | None = None) -> None:
        classifiers = Classifier.objects
        offered = classifiers.offered_to(user) if user else classifiers.of_server()
        names = list(offered.values_list("name", flat=True)[: NAMED + 1])
        if names[NAMED:]:
            names[NAMED:] = ["…"]
        known = ", ".join(names) or "none, prepare a model first"
        super().__init__(f"Unknown classifier {name!r}. Choose one of: {known}")


@dataclass(frozen=True)
class Roles:
    """Who may ask one classifier and what answers them, as of one revision."""

    classifier: Classifier
    shared_with: frozenset[int]  # ids of people
    champion: ModelVersion | None
    challengers: Mapping[int, ModelVersion]  # by bucket
    shadows: tuple[ModelVersion, ...]

    def are_open_to(self, user: User) -> bool:
        """As ClassifierQuerySet.open_to."""
        return (
            self.classifier.owner_id is None
            or self.classifier.is_public
            or self.classifier.owner_id == user.pk
            or user.pk in self.shared_with
            or rights.staff_may_now(user, "view", Classifier)
        )

    def version_for(self, user_id: int) -> ModelVersion:
        """The version that answers this person, the same one while the experiment runs.

        Raises NoModel.
        """
        if self.champion is None:
            raise NoModel if self.classifier.is_default else NothingInUse
        if not self.challengers:
            return self.champion
        bucket = bucket_of(self.classifier.experiment, user_id)
        return self.challengers.get(bucket, self.champion)


_known: dict[str, Roles] = {}


def version_for(user: User, name: str = DEFAULT) -> ModelVersion:
    """The version of this classifier that answers this person.

    Raises:
        UnknownClassifier: also if it is not open to this person.
        NoModel: it has no champion yet.
    """
    roles = roles_of(name)
    if roles is None or roles.champion is None or not roles.are_open_to(user):
        forget(name)  # it may have been shared, or put into use, a moment ago
        roles = roles_of(name)
    if roles is None and name == DEFAULT:  # nothing was ever prepared
        raise NoModel
    if roles is None or not roles.are_open_to(user):
        raise UnknownClassifier(name, user)
    return roles.version_for(user.pk)


def roles_of(name: str = DEFAULT) -> Roles | None:
    """What this process knows of a classifier; it is read once, and when `forget` was called.

    None if there is none of this name.
    """
    roles = _known.get(name)
    if roles is None:
        classifier = Classifier.objects.filter(name=name).first()
        if classifier is None:
            return None
        if len(_known) >= KEPT:
            _known.clear()
        roles = _known[name] = read_roles(classifier)
    return roles


def forget(name: str) -> None:
    """The roles have changed since they were read."""
    _known.pop(name, None)


def read_roles(classifier: Classifier) -> Roles:
    """As the database has them now."""
    answering = classifier.versions.exclude(role=ModelVersion.Role.RETIRED)
    versions = list(answering.order_by("pk"))
    for version in versions:
        version.classifier = classifier
    by_role = {role: [v for v in versions if v.role == role] for role in ModelVersion.Role}
    # What is the server's is open to all.
    shares = classifier.shares.values_list("user_id", flat=True) if classifier.owner_id else []
    return Roles(
        classifier,
        frozenset(shares),
        next(iter(by_role[ModelVersion.Role.CHAMPION]), None),
        {
            bucket: version
            for version in by_role[ModelVersion.Role.CHALLENGER]
            for bucket in version.buckets
        },
        tuple(by_role[ModelVersion.Role.SHADOW]),
    )


def champion_of(name: str = DEFAULT) -> ModelVersion:
    """As the database has it now, of one that is the server's. Raises NoModel."""
    found = ModelVersion.objects.filter(classifier__name=name, role=ModelVersion.Role.CHAMPION)
    champion = found.select_related("classifier").first()
    if champion is None:
        raise NoModel
    return champion


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
