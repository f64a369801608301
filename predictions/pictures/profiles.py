"""Colour profiles without names: who made them, for which device, when, and under which rights.

Source: ICC.1:2022, sections 7.2 (header), 7.3 (tag table), 9.2 (tags) and 10 (types).
"""

import struct

HEADER, ENTRY = 128, 12  # bytes; a tag is a signature, an offset and a size
# What colours are computed from: white point, matrix and curves, or tables.
NUMBERS = set(
    b"wtpt bkpt chad rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC A2B0 A2B1 A2B2 B2A0 B2A1 B2A2 cicp".split()
)
# Types that hold numbers only.
TYPES = {b"XYZ ", b"curv", b"para", b"sf32", b"mft1", b"mft2", b"mAB ", b"mBA ", b"cicp"}
PARAMETERS = (1, 3, 4, 5, 7)  # of parametric curves, by their kind (table 68)
# What of the header stays: version, class, spaces, signature, intent and white point. Profiles of
# today are not asked for by whose software, device and date they are from.
KEPT = ((8, 24), (36, 40), (64, 80))
MOST_TAGS = 100


def numbers_alone(profile: bytes) -> bytes:
    """The profile without its names, or nothing if it cannot be read. Colours stay the same."""
    try:
        values = tags(profile)
    except (struct.error, IndexError):
        return b""
    if not values or profile[36:40] != b"acsp":
        return b""
    header = bytearray(HEADER)
    for start, end in KEPT:
        header[start:end] = profile[start:end]
    table, data = struct.pack(">I", len(values)), b""
    at = HEADER + len(table) + ENTRY * len(values)
    for name, value in values.items():
        table += struct.pack(">4sII", name, at + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    header[:4] = struct.pack(">I", at + len(data))
    return bytes(header) + table + data


def tags(profile: bytes) -> dict[bytes, bytes]:
    """By name, cut to their length."""
    count = struct.unpack_from(">I", profile, HEADER)[0]
    values: dict[bytes, bytes] = {}
    for number in range(min(count, MOST_TAGS)):
        name, start, size = struct.unpack_from(">4sII", profile, HEADER + 4 + ENTRY * number)
        value = profile[start : start + size]
        if name in NUMBERS and value[:4] in TYPES:
            values.setdefault(name, value[: length(value)])
    return values


def length(value: bytes) -> int:
    """Bytes of a value, by its type."""
    kind = value[:4]
    if kind in (b"mft1", b"mft2"):  # tables 34 and 37: channels in and out, points of the grid
        inputs, outputs, points = value[8:11]
        ends, size = (256, 256), 1
        if kind == b"mft2":
            ends, size = struct.unpack_from(">HH", value, 48), 2
        values = ends[0] * inputs + points**inputs * outputs + ends[1] * outputs
        return (48 if size == 1 else 52) + size * values
    if kind == b"curv":
        return 12 + 2 * int.from_bytes(value[8:12], "big")
    if kind == b"para":
        return 12 + 4 * PARAMETERS[int.from_bytes(value[8:10], "big")]
    return {b"XYZ ": 20, b"sf32": 44, b"cicp": 12}.get(kind, len(value))
