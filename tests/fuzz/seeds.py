"""Good pictures of every accepted kind, small, made by script from a photograph."""

import io
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from PIL import Image, ImageCms, PngImagePlugin

from tests import stills
from tests.fuzz import png
from tests.pictures import IMAGES

ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp"}
ENDINGS |= {"HEIF": ".heic", "AVIF": ".avif"}
KINDS = {ending: kind for kind, ending in ENDINGS.items()} | {".jpeg": "JPEG"}


class Seed(NamedTuple):
    name: str
    kind: str
    content: bytes


def photograph(size: tuple[int, int] = (160, 120), mode: str = "RGB") -> Image.Image:
    with Image.open(IMAGES / "coffee.png") as image:
        return image.convert("RGB").resize(size).convert(mode)


def frames(mode: str = "RGB") -> list[Image.Image]:
    picture = photograph((64, 48), mode)
    return [picture.rotate(30 * turn) for turn in range(4)]


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def exif() -> Image.Exif:
    """Turned; by whom and where, with a maker's note."""
    found = Image.Exif()
    found[0x0112], found[0x010F] = 6, "Camera"
    found.get_ifd(0x8825)[1] = "N"
    found.get_ifd(0x8769)[0x927C] = b"maker"
    return found


def xmp() -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="Rue Secrete 7"/></rdf:RDF>'
        b"</x:xmpmeta>"
    )


@cache
def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@cache
def seeds() -> list[Seed]:
    return [*jpegs(), *pngs(), *gifs(), *webps(), *boxed()]


@cache
def named(name: str) -> bytes:
    return next(seed.content for seed in seeds() if seed.name == name)


def jpegs() -> Iterator[Seed]:
    told = {"exif": exif(), "comment": b"a cup", "icc_profile": profile(), "xmp": xmp()}
    for name, mode, options in (
        ("jpeg-baseline", "RGB", {}),
        ("jpeg-progressive", "RGB", {"progressive": True}),
        ("jpeg-grey", "L", {"optimize": True}),
        ("jpeg-cmyk", "CMYK", {}),
        ("jpeg-restarts", "RGB", {"restart_marker_blocks": 4, "subsampling": 0}),
        ("jpeg-told", "RGB", told),
        ("jpeg-told-progressive", "RGB", told | {"progressive": True}),
    ):
        content = saved(photograph(mode=mode), "JPEG", **options)
        if "comment" in options:
            content = content[:2] + makers() + content[2:]
        yield Seed(name, "JPEG", content)


def makers() -> bytes:
    """Segments of editors and of those who make cameras: IPTC, a name after Adobe's, JUMBF."""
    caption = b"\x1c\x02\x78\0\5a cup"
    photoshop = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0" + bytes([len(caption)]) + caption
    payloads = ((0xED, photoshop), (0xEE, b"Adobe\0d\0\0\0\0\1Rue Secrete 7"), (0xEB, b"JP\0\1"))
    return b"".join(
        b"\xff" + bytes([marker]) + (len(data) + 2).to_bytes(2, "big") + data
        for marker, data in payloads
    )


def pngs() -> Iterator[Seed]:
    for colour, depths in png.DEPTHS.items():
        for depth in depths:
            for interlaced in (False, True):
                name = f"png-{colour}-{depth}{'-interlaced' * interlaced}"
                yield Seed(name, "PNG", png.drawn(Random(name), depth, colour, interlaced))
    yield Seed("png", "PNG", saved(photograph(), "PNG", exif=exif()))
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "a cup")
    text.add_text("Author", "Ada", zip=True)
    text.add_itxt("XML:com.adobe.xmp", xmp().decode())
    told = {"exif": exif(), "icc_profile": profile(), "pnginfo": text}
    yield Seed("png-told", "PNG", saved(photograph(), "PNG", **told))
    yield Seed("png-palette", "PNG", saved(photograph(mode="P"), "PNG", transparency=3))
    first, *others = frames("RGBA")
    animation = {"save_all": True, "append_images": others}
    yield Seed("apng", "PNG", saved(first, "PNG", **animation))
    yield Seed("apng-default", "PNG", saved(first, "PNG", default_image=True, **animation))


def gifs() -> Iterator[Seed]:
    yield Seed("gif", "GIF", saved(photograph(mode="P"), "GIF"))
    first, *others = frames()
    animation = {"save_all": True, "append_images": others, "duration": 50, "loop": 0}
    yield Seed("gif-animated", "GIF", saved(first, "GIF", **animation))
    yield Seed("gif-transparent", "GIF", saved(frames("RGBA")[1], "GIF", disposal=2, **animation))
    yield Seed("gif-told", "GIF", saved(photograph(mode="P"), "GIF", comment=b"a cup", xmp=xmp()))
    yield Seed("gif-interlaced", "GIF", saved(photograph(mode="L"), "GIF", interlace=1))


def webps() -> Iterator[Seed]:
    yield Seed("webp", "WEBP", saved(photograph(), "WEBP"))
    yield Seed("webp-lossless", "WEBP", saved(photograph((64, 48)), "WEBP", lossless=True))
    turned = photograph(mode="RGBA").rotate(30)
    yield Seed("webp-extended", "WEBP", saved(turned, "WEBP", exif=exif()))
    told = {"exif": exif(), "icc_profile": profile(), "xmp": xmp()}
    yield Seed("webp-told", "WEBP", saved(turned, "WEBP", **told))
    first, *others = frames("RGBA")
    animation = {"save_all": True, "append_images": others, "duration": 50}
    yield Seed("webp-animated", "WEBP", saved(first, "WEBP", **animation))
    yield Seed("webp-animated-lossless", "WEBP", saved(first, "WEBP", lossless=True, **animation))


def boxed() -> Iterator[Seed]:
    """From files: Pillow writes no HEIC."""
    for name in stills.NAMES:
        if not name.startswith("turned") or name in stills.PLAIN.values():
            kind = "AVIF" if name.endswith(".avif") else "HEIF"
            yield Seed(name, kind, stills.read(name))
    for kind, name in stills.PLAIN.items():
        yield Seed(f"phone-{name}", kind, stills.as_a_phone(name, turn=6))


@cache
def found() -> list[Seed]:
    """The pictures of the folder FUZZ_PICTURES, where one is named."""
    folder = os.environ.get("FUZZ_PICTURES")
    if not folder:
        return []
    return [
        Seed(path.name, KINDS[path.suffix.lower()], path.read_bytes())
        for path in sorted(Path(folder).iterdir())
        if path.suffix.lower() in KINDS
    ]
