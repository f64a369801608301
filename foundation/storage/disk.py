"""Pictures on a disk that may be full, in a machine that may lose its power."""

import os
from pathlib import Path
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import FileSystemStorage


class WholeFiles(FileSystemStorage):
    """A file appears whole or not at all, unless the process or the machine dies meanwhile.

    Django leaves the piece that was written when the disk filled up, under the file's own name.
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
        """Writes a file that may be there already, in another state."""
        self._save(name, content)

    def flush(self, name: str) -> None:
        """Returns when the disk has the file, so that it outlives a power cut.

        Raises:
            OSError: it is gone, or the disk failed.
        """
        path = self.path(name)
        for written in (path, os.path.dirname(path)):  # the folder has its name
            descriptor = os.open(written, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
