"""ZIP files as they arrive: larger than a picture may be, so they go to the disk at once."""

import io
import logging
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import StopFutureHandlers, TemporaryFileUploadHandler

logger = logging.getLogger(__name__)

FIELD = "archive"


class ArchiveUploadHandler(TemporaryFileUploadHandler):
    """Takes the files of the field `archive`, and leaves all others to the next handler.

    `is_kept` of a file is False if the disk had no room for it.
    """

    is_archive = False

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        self.is_archive = field_name == FIELD and PurePath(file_name).suffix.lower() == ".zip"
        if self.is_archive:
            self.is_kept = True
            try:
                super().new_file(field_name, file_name, *args, **kwargs)
            except OSError as error:
                self.give_up(error)
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if not self.is_archive:
            return raw_data
        if self.is_kept:
            try:
                self.file.write(raw_data)
            except OSError as error:
                self.give_up(error)
        return None

    def give_up(self, error: OSError) -> None:
        logger.error("A ZIP file could not be kept: %s", error)
        self.is_kept = False

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if not self.is_archive:
            return None
        file: UploadedFile | None = None
        if self.is_kept:
            try:
                file = super().file_complete(file_size)
            except OSError as error:  # what was written last is on the disk only now
                self.give_up(error)
        file = file or UploadedFile(io.BytesIO(), self.file_name, size=0)
        file.is_kept = self.is_kept  # type: ignore[attr-defined]
        return file
