"""Colour profiles for tests, and photographs in them."""

import io
import struct
from itertools import product

from PIL import Image, ImageCms

# Display P3's primaries with the white point of profiles (D50), and a gamma of 2.2.
COLUMNS = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
WHITE = (0.9642, 1.0, 0.8249)
GAMMA = b"curv\0\0\0\0\0\0\0\1\2\x33\0\0"  # section 10.6


def fixed(*numbers: float) -> bytes:
    """As s15Fixed16Number, section 4.6."""
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)


def display_p3(name: bytes = b"Display P3 of Ada's phone") -> bytes:
    """A profile like those of today's phones."""
    description = b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name + bytes(79)
    tags = {b"desc": description, b"wtpt": b"XYZ \0\0\0\0" + fixed(*WHITE)}
    for letter, column in zip(b"rgb", COLUMNS, strict=True):
        tags[bytes([letter]) + b"XYZ"] = b"XYZ \0\0\0\0" + fixed(*column)
        tags[bytes([letter]) + b"TRC"] = GAMMA
    return profile(b"mntrRGB XYZ ", tags)


def press() -> bytes:
    """A profile of CMYK, as pictures for print have: a table of inks by halves."""
    table = b"".join(
        bytes([round(255 * (1 - 0.3 * c) * (1 - 0.4 * m) * (1 - 0.1 * y) * (1 - 0.8 * k))])
        + bytes([round(128 - 40 * c + 70 * m), round(128 - 40 * c - 10 * m + 80 * y)])
        for c, m, y, k in product((0, 0.5, 1), repeat=4)
    )
    head = bytes([4, 3, 3, 0]) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)  # section 10.11
    straight = bytes(range(256))
    inks = b"mft1\0\0\0\0" + head + 4 * straight + table + 3 * straight
    tags = {b"A2B0": inks, b"wtpt": b"XYZ \0\0\0\0" + fixed(*WHITE)}
    return profile(b"prtrCMYKLab ", tags)


def profile(kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Its class and spaces, and what the tags hold."""
    at = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for tag, value in tags.items():
        table += struct.pack(">4sII", tag, at + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    header = struct.pack(
        ">I4xI12s12x4s28x12s", at + len(data), 0x02400000, kind, b"acsp", fixed(*WHITE)
    )
    return header.ljust(128, b"\0") + table + data


def in_display_p3(image: Image.Image) -> bytes:
    """The same colours in a PNG, as a phone would save them."""
    profile = display_p3()
    srgb = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(
        image, srgb, ImageCms.ImageCmsProfile(io.BytesIO(profile))
    )
    content = io.BytesIO()
    converted.save(content, "PNG", icc_profile=profile)
    return content.getvalue()
