"""Opening ZIP files that people send; what they unpack to is bounded where they are read."""

import zipfile
from typing import IO, Any

# zipfile reads the whole directory into memory, where each entry takes some hundred bytes more.
# So many are 50,000 entries with names of 150 characters.
MOST_OF_DIRECTORY = 10_000_000  # bytes
# With all others zipfile unpacks more at a time than it is asked for: gigabytes, if made to.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class DirectoryTooLarge(zipfile.BadZipFile):
    """It lists more files than anybody needs."""


def open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    """Raises BadZipFile, and what else zipfile raises for damaged files."""
    try:
        # What ZipFile itself goes by, and the only way to know before it reads.
        end: Any = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    except OSError as error:
        raise zipfile.BadZipFile(str(error)) from error
    if end and end[zipfile._ECD_SIZE] > MOST_OF_DIRECTORY:  # type: ignore[attr-defined]
        raise DirectoryTooLarge
    return zipfile.ZipFile(file)
