"""Colours as their profile means them, in sRGB: phones take pictures in wider ones.

Source: ICC.1:2022. As in browsers a profile that is broken, or of another space than the pixels,
is ignored: Chromium takes those of RGB, for grey too, and those of grey for grey alone.
"""

import io
from functools import lru_cache

from PIL import Image, ImageCms

SPACE = slice(16, 20)  # of the header, section 7.2.6
RGB, GREY = b"RGB ", b"GRAY"
# Profiles that say which colours a picture has; others convert one into another.
CLASSES = (b"mntr", b"scnr", b"prtr", b"spac")
GREY_MODES = ("1", "L", "LA", "I;16")
SRGB = ImageCms.createProfile("sRGB")


def applies(profile: bytes, mode: str) -> bool:
    """Whether the profile tells the colours of pixels of this mode."""
    if profile[12:16] not in CLASSES:
        return False
    return profile[SPACE] in ((RGB, GREY) if mode in GREY_MODES else (RGB,)) and mode != "CMYK"


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """An RGB picture in sRGB; the same one if it has no profile, or a broken one."""
    transform = transform_of(profile) if profile else None
    if transform is None:
        return image
    if profile[SPACE] == GREY:
        image = image.getchannel(0)
    return ImageCms.applyTransform(image, transform) or image


# Pictures of one camera have the same; each transform holds some kilobytes.
@lru_cache(maxsize=4)
def transform_of(profile: bytes) -> ImageCms.ImageCmsTransform | None:
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "L" if profile[SPACE] == GREY else "RGB"
        return ImageCms.buildTransform(found, SRGB, mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
