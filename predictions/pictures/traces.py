"""Looks for metadata in a picture from which it was removed, in other ways than it was removed.

Pillow reads the file, with a parser of its own, and the bytes are searched for what Exif, XMP, IPTC
and makers' data begin with, wherever they may lie.
"""

import io
import re
from itertools import pairwise

from PIL import Image

from predictions.inference.containers import parts
from predictions.inference.pictures import ORIENTATION
from predictions.pictures.profiles import numbers_alone

# What Pillow may find: of a file's form (JFIF, animation, transparency) and of its colours.
FORM = """
    jfif jfif_version jfif_unit jfif_density dpi adobe adobe_transform progressive progression
    icc_profile exif gamma chromaticity srgb transparency background interlace aspect version
    extension duration loop timestamp default_image blend disposal bbox
    primary bit_depth chroma nclx_profile icc_profile_type original_orientation
"""
# Segments and chunks of which no picture needs one: comments, what programs add, texts and times.
TELLING = {0xFE, *range(0xE3, 0xEE), 0xEF, b"tEXt", b"zTXt", b"iTXt", b"tIME", b"XMP "}
TRACES = re.compile(
    rb"adobe\.com|xmpmeta|xpacket|rdf:RDF|Photoshop 3|"
    rb"Exif\0\0(?!MM\0\*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01)",
)


def tells(content: bytes, kind: str) -> bool:
    """Whether anything is left, or that cannot be seen."""
    found = list(parts(content, kind))
    is_whole = all(one.end == other.start for one, other in pairwise(found))
    if not found or not is_whole or found[-1].end != len(content):
        return True
    if any(part.name in TELLING for part in found) or TRACES.search(content):
        return True
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as image:
            tags = Image.Exif()  # image.getexif() would decode a whole PNG
            tags.load(image.info.get("exif") or b"")
            named = {name for name, value in image.info.items() if value}
            told = named - set(FORM.split()) or set(tags) - {ORIENTATION}
            profile = image.info.get("icc_profile", b"")
            return bool(told) or profile != numbers_alone(profile)
    # Pillow has no common error.
    except Exception:
        return True
