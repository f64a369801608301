"""Files of a form are never lost for their names.

Django skips a part whose headers are not UTF-8, refuses the whole form when they exceed 1,024
bytes, and takes a file without a name for text. Its parser lets none of that be changed from a
subclass, so `install` replaces the one function that reads a part's headers.
"""

import re
from collections import deque
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from pathlib import PurePath
from typing import Any, cast

from django.http import multipartparser
from django.http.multipartparser import FIELD, FILE, RAW, LazyStream, MultiPartParserError
from django.utils.http import parse_header_parameters

# Bytes of one part's headers. Names have up to 255 characters in most file systems; written as .NET
# does, twice and encoded, so many Chinese ones take 3,400.
MAX_HEADERS = 8 * 1024
UNNAMED = "blob"  # as browsers call it: XHR Standard, "create an entry"
NOT_TEXT = b"\0"
HEAD = 32  # bytes of a file in which each kind of picture has a zero

Parameters = dict[str, bytes]
Headers = dict[str, tuple[str, Parameters]]


def install() -> None:
    multipartparser.parse_boundary_stream = parse_part  # type: ignore[attr-defined]


def parse_part(stream: LazyStream, _max_header_size: int) -> tuple[str, Headers, LazyStream]:
    """Reads a part's headers, and tells whether it is a file or a field.

    Raises:
        MultiPartParserError: the headers are too large.
    """
    chunk = stream.read(MAX_HEADERS)
    head, end, content = chunk.partition(b"\r\n\r\n")
    if not end:
        if len(chunk) == MAX_HEADERS:
            raise MultiPartParserError("The headers of a part are too large.")
        return RAW, {}, stream  # nothing is left of it
    stream.unget(content)
    headers = parse_headers(head)
    if "content-disposition" not in headers:
        deque(stream, maxlen=0)  # or its content would be taken for the next part
        return RAW, headers, stream
    parameters = headers["content-disposition"][1]
    if not is_file(parameters, stream):
        return FIELD, headers, stream
    parameters["filename"] = usable_name(parameters.get("filename", b"").decode()).encode()
    return FILE, headers, stream


def parse_headers(head: bytes) -> Headers:
    headers: Headers = {}
    for line in head.split(b"\r\n"):
        try:
            text = line.decode()
        except UnicodeDecodeError:  # the code page of an old client
            text = line.decode("latin-1")
        try:
            main, parameters = parse_parameters(text)
            name, value = main.split(":", 1)
        except ValueError:
            continue
        headers[name] = value, {key: item.encode() for key, item in parameters.items()}
    return headers


def parse_parameters(line: str) -> tuple[str, dict[str, str]]:
    """Without the second form of the file's name if that cannot be decoded (RFC 8187).

    Raises:
        ValueError
    """
    try:
        main, parameters = parse_header_parameters(line)
        "".join(parameters.values()).encode()  # some codecs decode to what nothing can encode
    except ValueError:
        return parse_header_parameters(re.sub(r"(?i)\bfilename\*[^;]*", "", line))
    return main, parameters


def is_file(parameters: Parameters, stream: LazyStream) -> bool:
    """A browser sends an empty name and no content where no file was chosen."""
    if parameters.get("filename"):
        return True
    head = stream.read(HEAD)
    stream.unget(head)
    return NOT_TEXT in head or ("filename" in parameters and bool(head))


def usable_name(name: str) -> str:
    """The name as Django cleans it: where nothing is left, or only an ending, one is made up.

    Windows keeps neither spaces nor dots at a name's end, and a quote there was to end the name.
    """
    if name.startswith("=?") and name.endswith("?="):  # .NET writes RFC 2047 where it has no place
        with suppress(HeaderParseError, LookupError, ValueError):
            name = str(make_header(decode_header(name)))
    # It uses nothing of the parser.
    clean = multipartparser.MultiPartParser.sanitize_file_name(cast(Any, None), name) or ""
    clean = clean.rstrip(" .\"'") or UNNAMED
    return UNNAMED + clean if clean.startswith(".") and not PurePath(clean).suffix else clean
