"""Opening ZIP files that people send; what they unpack to is bounded where they are read."""

import unicodedata
import zipfile
from contextlib import suppress
from typing import IO, Any

# zipfile reads the whole directory into memory, where each entry takes some hundred bytes more.
# So many are 50,000 entries with names of 150 characters.
MOST_OF_DIRECTORY = 10_000_000  # bytes
# With all others zipfile unpacks more at a time than it is asked for: gigabytes, if made to.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
IN_UTF_8 = 0x800  # of an entry's flags, see 4.4.4 in APPNOTE.TXT of PKWARE


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


def name_of(entry: zipfile.ZipInfo) -> str:
    """As people see it. macOS writes UTF-8 without saying so, and accents apart from their letters;
    zipfile takes such names for code page 437.
    """
    name = entry.filename
    if not entry.flag_bits & IN_UTF_8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return unicodedata.normalize("NFC", name)
