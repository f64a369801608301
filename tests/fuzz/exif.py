"""Exif data that leads its reader in circles or astray (TIFF 6.0, section 2; Exif 2.32, 4.6)."""

import struct
from random import Random

ORIENTATION, EXIF_IFD, GPS_IFD, MAKER_NOTE, INTEROP_IFD = 0x0112, 0x8769, 0x8825, 0x927C, 0xA005
POINTERS = (EXIF_IFD, GPS_IFD, INTEROP_IFD, 0x014A)
TYPES = range(14)  # 0 and 13 are none


def exif(random: Random) -> bytes:
    """A TIFF header and one directory whose entries, and what follows it, point anywhere."""
    order = random.choice("<>")
    entries = [entry(order, random) for _ in range(random.choice((0, 1, 3, 40)))]
    following = random.choice((0, 8, 8, random.randrange(400), 0xFFFFFFFF))
    said = random.choice((len(entries), len(entries), 0xFFFF))
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    body = struct.pack(order + "H", said) + b"".join(entries) + struct.pack(order + "I", following)
    return head + body + random.randbytes(random.choice((0, 16, 300)))


def entry(order: str, random: Random) -> bytes:
    tag = random.choice((*POINTERS, ORIENTATION, MAKER_NOTE, random.randrange(1 << 16)))
    count = random.choice((0, 1, 1, 2, 1000, 0x7FFFFFFF, 0xFFFFFFFF))
    # Offset 8 is the directory itself.
    value = random.choice((8, 8, 8, 0, 1, 6, random.randrange(400), 0xFFFFFFFF))
    return struct.pack(order + "HHII", tag, random.choice(TYPES), count, value)
