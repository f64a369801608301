"""The encodings that requests can use for text.

Django accepts any of Python's codecs, some of which do not even decode to text.
"""

import codecs

# UTF-8, and what clients of Windows and of old libraries still send.
ACCEPTED = {"utf-8", "ascii", "iso8859-1", "cp1252"}


def is_accepted(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in ACCEPTED
    except LookupError:
        return False
