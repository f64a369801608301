"""Models of deleted classifiers, of which each machine may have a copy of its own.

clearing.py deletes them in the bucket and on one machine.
"""

import logging
import math
from pathlib import Path
from time import monotonic, time

from predictions.inference.architectures import ARCHITECTURES
from predictions.inference.sharing import SharingStore
from predictions.models import Prediction
from predictions.registry.model_store import model_store
from predictions.registry.sharing import needed

logger = logging.getLogger(__name__)

LOOK_EVERY = 3600  # seconds
AGE = 86_400  # seconds; a version is stored before its row
# So many without a row, and more than half of all: the database is another one.
SUSPICIOUS = 20


class Look:
    """When this process has last looked, by a monotonic clock."""

    at = -math.inf


def delete_now_and_then() -> None:
    """Raises DatabaseError."""
    if monotonic() - Look.at < LOOK_EVERY:
        return
    Look.at = monotonic()
    store = model_store()
    # Without any prediction the database is being restored, table by table.
    if isinstance(store, SharingStore) and Prediction.everything.exists():
        delete_unneeded(store)


def delete_unneeded(store: SharingStore) -> None:
    """Networks that can be prepared stay: others are quantised from them."""
    taught = [
        folder
        for folder in store.root.glob("[!.]*/[!.]*")
        if folder.parent.name not in {*ARCHITECTURES, "downloads"}
    ]
    wanted = needed()
    unneeded = [folder for folder in taught if place(folder) not in wanted and is_old(folder)]
    if len(unneeded) > max(SUSPICIOUS, len(taught) // 2):
        logger.error(
            "%d of %d models in %s belong to no row. If this is the right database, delete them.",
            len(unneeded),
            len(taught),
            store.root,
        )
        return
    for folder in unneeded:
        try:
            store.forget(*place(folder))
            logger.info("Deleted %s, which belongs to no row", folder)
        except OSError as error:
            logger.error("%s cannot be deleted: %s", folder, error)


def place(folder: Path) -> tuple[str, str]:
    return folder.parent.name, folder.name


def is_old(folder: Path) -> bool:
    return folder.stat().st_mtime < time() - AGE
