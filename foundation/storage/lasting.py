"""What pictures need of their storage beyond Django's interface."""

from datetime import datetime
from typing import Protocol, cast

from django.core.files import File
from django.core.files.storage import default_storage


class StorageUnreachable(OSError):
    """Nothing is known of the file: the storage is another machine, and does not answer."""


class LastingStorage(Protocol):
    """The storage that STORAGES["default"] names has to implement it, beside Django's Storage."""

    def save(self, name: str | None, content: File) -> str: ...

    def delete(self, name: str) -> None: ...

    def replace(self, name: str, content: File) -> None:
        """Writes a file under exactly this name, whether one is there or not.

        Raises:
            OSError: it could not be written; what was there is still there.
        """

    def flush(self, name: str) -> None:
        """Returns once the file outlives a power cut.

        Raises:
            OSError: it is gone, or the disk failed.
        """

    def is_reachable(self) -> bool:
        """Whether it answers at all, whatever it says of one file."""

    def clear_unfinished(self, before: datetime) -> int:
        """Deletes what is left of writes that began before, which `listdir` does not show.

        Returns how many there were.

        Raises:
            OSError
        """


lasting_storage = cast(LastingStorage, default_storage)
