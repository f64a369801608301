"""Which files to send."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

ENDINGS = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic", ".heif", ".avif"}
LARGEST = 100 * 2**20  # bytes; the service accepts 10 MB unless it is configured otherwise


class NotSent(Exception):
    """Why a file stays here, in a sentence."""


def pictures_in(paths: Sequence[Path]) -> list[Path]:
    """The files that were named, and the pictures in the folders that were, each once, by name."""
    found: dict[Path, None] = {}
    for path in paths:
        for each in pictures_below(path) if path.is_dir() else [path]:
            found.setdefault(each)
    return list(found)


def pictures_below(folder: Path) -> Iterator[Path]:
    """Without hidden files and folders: thumbnails and trash."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(where, name)
            if not name.startswith(".") and path.suffix.lower() in ENDINGS:
                yield path


def content_of(path: Path) -> bytes:
    """Raises NotSent."""
    try:
        if path.stat().st_size > LARGEST:
            raise NotSent(f"Larger than {LARGEST // 2**20} MB.")
        return path.read_bytes()
    except OSError as error:
        raise NotSent(error.strerror or str(error)) from error
