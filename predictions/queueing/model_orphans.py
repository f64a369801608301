"""Models in the bucket that no row names: a process was killed before it had recorded one.

clearing.py deletes those of deleted classifiers, and copies.py what machines have of either.
"""

import logging
from collections import defaultdict

from predictions.inference.architectures import ARCHITECTURES
from predictions.inference.store import MANIFEST_FILE
from predictions.pictures import sweeping
from predictions.pictures.sweeping import SUSPICIOUS, Swept
from predictions.registry.model_store import shared_models
from predictions.registry.shared_models import FOLDER, SharedModels
from predictions.registry.sharing import needed

logger = logging.getLogger(__name__)


def sweep(*, trusting: bool = False, dry_run: bool = False) -> Swept:
    """Deletes them once they are a day old; nothing without a bucket.

    trusting: even if they are most of all.

    Raises:
        StorageUnreachable
    """
    shared = shared_models()
    if shared is None:
        return Swept(0, 0)
    stored = taught(shared)  # before the rows are read: a version is stored before its row
    lost = stored.keys() - needed()
    if not trusting and len(lost) > max(SUSPICIOUS, len(stored) // 2):
        logger.error(
            "%d of %d models in %s belong to no row. If this is the right database, delete them "
            "with: manage.py sweep",
            len(lost),
            len(stored),
            shared,
        )
        return Swept(0, 0)
    # Again: what is learnt once more uploads nothing, and its row may have come meanwhile.
    names = [name for place in sorted(lost - needed()) for name in old(stored[place])]
    return sweeping.delete(names, dry_run=dry_run)


def taught(shared: SharedModels) -> dict[tuple[str, str], list[str]]:
    """The names of the objects of each version, whole or not.

    Without networks that can be prepared, which others are quantised from.
    """
    found = defaultdict(list)
    for name in shared.objects.names(FOLDER):
        parts = name.split("/")
        if len(parts) == 4 and parts[1] not in ARCHITECTURES:
            found[parts[1], parts[2]].append(name)
    return found


def old(names: list[str]) -> list[str]:
    """Those of one version, the manifest first, so that nobody begins to fetch it; or none."""
    if not all(map(sweeping.is_old, names)):
        return []
    return sorted(names, key=lambda name: not name.endswith(f"/{MANIFEST_FILE}"))
