"""Which versions of the model store rows need, and that all of them are shared."""

from collections.abc import Callable

from predictions.classifiers import ModelVersion
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.sharing import SharingStore

Place = tuple[str, str]  # name and version in the store


def needed() -> set[Place]:
    """With the networks that heads read, and those that others were quantised from."""
    found: set[Place] = set()
    rows = ModelVersion.objects.filter(classifier__files_deleted_at=None)
    for manifest in rows.values_list("manifest", flat=True):
        if not manifest["files"]:  # an ensemble
            continue
        found.add((manifest["name"], manifest["version"]))
        if backbone := manifest.get("backbone"):
            found.add((backbone["name"], backbone["version"]))
        if quantised := manifest.get("quantised"):
            found.add((manifest["name"], quantised["from"]))
    return found


def share_all(store: SharingStore, say: Callable[[str], object]) -> None:
    """Publishes what this machine alone has. Raises OSError."""
    there = store.shared.places()
    for name, version in sorted(needed() - there):
        if not store.path(name, version).exists():
            continue
        try:
            store.share(store.get(name, version))
        except ModelNotPrepared as error:
            say(str(error))
        else:
            say(f"Shared {name} {version}")


def fetch_all(store: SharingStore, say: Callable[[str], object]) -> None:
    """Gives this machine what others have. Raises ModelNotPrepared."""
    for name, version in sorted(needed()):
        if not store.path(name, version).exists():
            store.at_hand(name, version)
            say(f"Fetched {name} {version}")
