"""Colours as their profile means them, in sRGB: phones take pictures in wider ones.

Source: ICC.1:2022. As in browsers a profile that is broken, or of another space than the pixels,
is ignored: Chromium takes those of RGB, for grey too, and others for their own space alone.
"""

import io
from functools import lru_cache

from PIL import Image, ImageChops, ImageCms

SPACE = slice(16, 20)  # of the header, section 7.2.6
RGB, GREY, CMYK = b"RGB ", b"GRAY", b"CMYK"
MODES = {RGB: "RGB", GREY: "L", CMYK: "CMYK"}
# Profiles that say which colours a picture has; others convert one into another.
CLASSES = (b"mntr", b"scnr", b"prtr", b"spac")
GREY_MODES = ("1", "L", "LA", "I;16")


def version_2(profile: ImageCms.ImageCmsProfile) -> ImageCms.ImageCmsProfile:
    """The same colours: to profiles of version 4 LittleCMS scales black to black, browsers do not
    (cmscnvrt.c, _cmsLinkProfiles).
    """
    content = profile.tobytes()
    return ImageCms.ImageCmsProfile(io.BytesIO(content[:8] + b"\2\x10\0\0" + content[12:]))


SRGB = version_2(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")))


def applies(profile: bytes, mode: str) -> bool:
    """Whether the profile tells the colours of pixels of this mode."""
    if profile[12:16] not in CLASSES:
        return False
    if mode == "CMYK":
        return profile[SPACE] == CMYK
    return profile[SPACE] in ((RGB, GREY) if mode in GREY_MODES else (RGB,))


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """An RGB picture in sRGB; the same one if it has no profile, or a broken one."""
    transform = transform_of(profile) if profile else None
    if transform is None:
        return image
    if profile[SPACE] == GREY:
        image = image.getchannel(0)
    elif profile[SPACE] == CMYK:
        image = inks(image)
    return ImageCms.applyTransform(image, transform) or image


def inks(image: Image.Image) -> Image.Image:
    """RGB as CMYK, without black: Chromium decodes to RGB first, too."""
    return Image.merge("CMYK", [*ImageChops.invert(image).split(), Image.new("L", image.size)])


# Pictures of one camera have the same; each transform holds some kilobytes.
@lru_cache(maxsize=4)
def transform_of(profile: bytes) -> ImageCms.ImageCmsTransform | None:
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.buildTransform(found, SRGB, MODES[profile[SPACE]], "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
