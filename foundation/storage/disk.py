"""Stores pictures so that full disks and power failures do no harm."""

import os
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import FileSystemStorage


def sync(path: str | Path) -> None:
    """Returns when what was written to a file or folder is on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class WholeFiles(FileSystemStorage):
    """A file is written completely or not at all, unless the process or the machine dies meanwhile.

    When the disk fills up, Django leaves a partial file under the file's own name.
    """

    def _save(self, name: str, content: File) -> str:
        part = f"{name}.{uuid4().hex}.part"
        try:
            super()._save(part, content)  # type: ignore[misc]  # Django's hook, not in its stubs
            os.replace(self.path(part), self.path(name))
        except BaseException:
            Path(self.path(part)).unlink(missing_ok=True)
            raise
        return name

    def replace(self, name: str, content: File) -> None:
        """Writes a file, replacing an existing one."""
        self._save(name, content)

    def flush(self, name: str) -> None:
        """Returns when the file is on disk, so that it survives a power failure.

        Raises:
            OSError: the file is missing, or the disk failed.
        """
        path = self.path(name)
        for written in (path, os.path.dirname(path)):  # its name is in the folder
            sync(written)

    def is_reachable(self) -> bool:
        return True

    def clear_unfinished(self, before: datetime) -> int:
        """Nothing: what ends in `.part` is in the folder that it was for."""
        return 0
