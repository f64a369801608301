"""Uploads as they arrive: hashed and counted chunk by chunk, never more kept than is allowed."""

import hashlib
import io
import logging
import tempfile
from typing import IO, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

logger = logging.getLogger(__name__)

SPOOL_BYTES = 256 * 1024  # larger pictures wait on disk, so that a thousand at once fit in memory


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


class PictureUploadHandler(FileUploadHandler):
    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
        self.file = cast(IO[bytes], spool)
        self.sha256 = hashlib.sha256()
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.received = 0
        self.is_kept = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        # What is too large, or finds no room, is read to its end, so that the sender gets an answer
        # instead of a broken connection, but not kept.
        self.received += len(raw_data)
        try:
            if self.received > settings.MAX_FILE_BYTES or not self.is_kept:
                self.file.truncate(0)  # writes what it still holds back first
                return
            self.sha256.update(raw_data)
            self.md5.update(raw_data)
            self.file.write(raw_data)
        except OSError as error:
            self.give_up(error)

    def give_up(self, error: OSError) -> None:
        logger.error("An upload could not be kept: %s", error)
        self.file, self.is_kept = io.BytesIO(), False

    def file_complete(self, file_size: int) -> PictureUpload:
        try:
            self.file.seek(0)  # writes what is left
        except OSError as error:
            self.give_up(error)
        return PictureUpload(
            self.file,
            self.file_name or "",
            self.content_type,
            file_size,
            self.sha256.hexdigest(),
            self.md5.hexdigest(),
            is_kept=self.is_kept,
        )

    def upload_interrupted(self) -> None:
        self.file.close()
