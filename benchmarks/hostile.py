"""Pictures that a worker has to survive: large ones, bombs, broken ones, and photographs between.

No two are the same, or the service would know the answer.
"""

import io
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from struct import pack

from PIL import Image

from benchmarks.pictures import draw
from tests import demanding
from tests.fuzz.mutations import mutant

PHONE = (4000, 3000)
LARGEST = (7071, 7071)  # 50 megapixels, as many as are allowed
# How often each kind comes, of a hundred pictures.
SHARES = {"photograph": 40, "phone": 20, "broken": 25, "largest": 8, "bomb": 7}


def hostile(seed: int) -> Iterator[tuple[str, str, bytes]]:
    """Kind, file name and content; the same for the same seed."""
    random, number = Random(seed), 0
    while True:
        number += 1
        kind = random.choices(list(SHARES), list(SHARES.values()))[0]
        name, content = KINDS[kind](seed * 1_000_000 + number, random)
        yield kind, name, content


def photograph(number: int, _random: Random) -> tuple[str, bytes]:
    return "photograph.jpg", draw(number)


def phone(number: int, random: Random) -> tuple[str, bytes]:
    return "phone.jpg", numbered(from_phone(random.randrange(3)), number)


@cache
def from_phone(seed: int) -> bytes:
    """About 3 MB, whatever it shows: what decoding takes depends on its size."""
    content = io.BytesIO()
    with Image.open(io.BytesIO(draw(seed))) as picture:
        grain = Image.effect_noise(PHONE, 20).convert("RGB")
        Image.blend(picture.resize(PHONE), grain, 0.2).save(content, "JPEG", quality=90)
    return content.getvalue()


def broken(number: int, _random: Random) -> tuple[str, bytes]:
    made = mutant(0, number)
    return made.file_name, made.content


def largest(number: int, random: Random) -> tuple[str, bytes]:
    name = random.choice(list(LARGE))
    return name, numbered(made_once(name), number)


def bomb(number: int, random: Random) -> tuple[str, bytes]:
    name = random.choice(list(BOMBS))
    return name, numbered(made_once(name), number)


LARGE: dict[str, Callable[[], bytes]] = {
    "rgba.png": lambda: demanding.png_of(*LARGEST),
    "wide.png": lambda: demanding.png_of(16_384, 3051),
    "baseline.jpg": lambda: demanding.encoded(LARGEST, "JPEG", subsampling=0),
    "progressive.jpg": lambda: demanding.encoded(LARGEST, "JPEG", progressive=True),
    "ink.jpg": lambda: demanding.encoded((5770, 5770), "JPEG", "CMYK", progressive=True),
    "lossless.webp": lambda: demanding.encoded((6000, 4000), "WEBP", lossless=True, method=0),
    "palette.gif": lambda: demanding.encoded(LARGEST, "GIF", "P"),
}
# Some are refused; of others a decoder asks for more than they declare, or they end early.
BOMBS: dict[str, Callable[[], bytes]] = {
    "groups.webp": lambda: demanding.webp_with_code_groups(1024),
    "few-groups.webp": lambda: demanding.webp_with_code_groups(400),
    "scans.jpg": lambda: demanding.with_scans(40, side=2000),
    "hidden-scans.jpg": lambda: demanding.with_hidden_scans(1000, side=1000),
    "cut.png": lambda: demanding.png_of(*LARGEST, cut=20_000),
    "two-headers.png": lambda: demanding.with_second_png_header(16_000, 3000),
}
KINDS: dict[str, Callable[[int, Random], tuple[str, bytes]]] = {
    "photograph": photograph,
    "phone": phone,
    "broken": broken,
    "largest": largest,
    "bomb": bomb,
}


@cache
def made_once(name: str) -> bytes:
    return (LARGE | BOMBS)[name]()


def numbered(content: bytes, number: int) -> bytes:
    """Another file with the same pixels."""
    told = pack(">Q", number)
    if content.startswith(b"\xff\xd8"):
        return content[:2] + demanding.segment(0xFE, told) + content[2:]
    if content.startswith(b"\x89PNG"):
        return content[:33] + demanding.chunk(b"prIv", told) + content[33:]
    return content + told  # WebP and GIF say where they end
