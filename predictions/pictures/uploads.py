"""Uploads as they arrive: hashed and counted chunk by chunk, never more kept than is allowed."""

import hashlib
import io
import logging
import tempfile
from typing import IO, Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

logger = logging.getLogger(__name__)

# Bytes of all pictures of a request that wait in memory; further ones wait in one file on disk, so
# that a thousand at once take neither memory nor a thousand of the process's open files.
SPOOL_BYTES = 1024 * 1024


class PictureUpload(UploadedFile):
    """A received file with the hashes of its content.

    Too large ones arrive without content, and so does what there was no room for (`is_kept`).
    """

    name: str
    size: int

    def __init__(
        self,
        file: IO[bytes],
        name: str,
        content_type: str | None,
        size: int,
        sha256: str,
        md5: str,
        *,
        is_kept: bool = True,
    ) -> None:
        super().__init__(file, name, content_type, size)
        self.sha256 = sha256
        self.md5 = md5
        self.is_kept = is_kept

    @classmethod
    def of(cls, content: bytes, name: str, content_type: str | None = None) -> "PictureUpload":
        """As if this content had been received."""
        sha256 = hashlib.sha256(content).hexdigest()
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return cls(io.BytesIO(content), name, content_type, len(content), sha256, md5)

    @property
    def too_large(self) -> bool:
        return self.size > settings.MAX_FILE_BYTES


class Stretch(io.RawIOBase):
    """Where one picture lies in the file that all of a request's share; the last one closes it."""

    def __init__(self, file: IO[bytes], start: int, size: int, sharing: set["Stretch"]) -> None:
        self.file, self.start, self.size, self.at = file, start, size, 0
        self.sharing = sharing
        sharing.add(self)

    def close(self) -> None:
        if not self.closed:
            self.sharing.discard(self)
            if not self.sharing:
                self.file.close()
        super().close()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        self.at = origin + offset
        return self.at

    def tell(self) -> int:
        return self.at

    def read(self, size: int = -1) -> bytes:
        left = max(0, self.size - self.at)
        self.file.seek(self.start + self.at)
        data = self.file.read(left if size < 0 else min(size, left))
        self.at += len(data)
        return data

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


class PictureUploadHandler(FileUploadHandler):
    """One for each request, whose files arrive one after the other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
        self.file = cast(IO[bytes], spool)
        self.end = 0  # of what is kept
        self.sharing: set[Stretch] = set()

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self.sha256 = hashlib.sha256()
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.received = self.kept = 0  # bytes of this file
        self.is_kept = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        # Oversized uploads, and those the disk has no room for, are read to their end but not kept,
        # so that the sender gets an answer instead of a broken connection.
        self.received += len(raw_data)
        if self.received > settings.MAX_FILE_BYTES or not self.is_kept:
            self.kept = 0
            return
        try:
            self.sha256.update(raw_data)
            self.md5.update(raw_data)
            self.file.seek(self.end + self.kept)  # over what was not kept of another
            self.file.write(raw_data)
            self.kept += len(raw_data)
        except OSError as error:
            self.give_up(error)

    def give_up(self, error: OSError) -> None:
        logger.error("An upload could not be kept: %s", error)
        self.kept, self.is_kept = 0, False

    def file_complete(self, file_size: int) -> PictureUpload:
        try:
            self.file.flush()
        except OSError as error:
            self.give_up(error)
        stretch = Stretch(self.file, self.end, self.kept, self.sharing)
        self.end += self.kept
        return PictureUpload(
            cast(IO[bytes], stretch),
            self.file_name or "",
            self.content_type,
            file_size,
            self.sha256.hexdigest(),
            self.md5.hexdigest(),
            is_kept=self.is_kept,
        )

    def upload_interrupted(self) -> None:
        self.file.close()
