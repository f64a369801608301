"""Files that outlive a power cut; not by foundation/storage, for nothing here knows an app."""

import os
from pathlib import Path


def flush(folder: Path) -> None:
    """Brings the folder's files to the disk: a power cut after it is renamed finds them whole."""
    for path in (*folder.iterdir(), folder):
        sync(path)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
