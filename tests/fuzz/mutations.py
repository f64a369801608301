"""What is done to a good picture: to its structure first, and to its bytes.

The same seed and number always give the same mutant, so that a failure can be seen again.
"""

from collections.abc import Callable
from random import Random
from types import ModuleType
from typing import NamedTuple

from tests.fuzz import boxes, gif, jpeg, png, webp
from tests.fuzz.seeds import ENDINGS, Seed, found, seeds

CONTAINERS: dict[str, ModuleType] = {
    "JPEG": jpeg,
    "PNG": png,
    "GIF": gif,
    "WEBP": webp,
    "HEIF": boxes,
    "AVIF": boxes,
}
MOST_BYTES = 10_000_000  # most mutants are to be let in; the service takes 10 MiB
SIDES = (0, 1, 2, 7, 8, 9, 255, 256, 4096, 5000, 7071, 16_383, 16_384, 16_385, 32_767, 65_535)
SIDES = (*SIDES, 50_000_000, 0x7FFFFFFF, 0xFFFFFFFF)
LENGTHS = (0, 1, 2, 3, 255, 256, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
BYTES = (0x00, 0x01, 0x7F, 0x80, 0xD9, 0xDA, 0xFF)
MONSTER_SHARE = 0.15  # of the mutants are made from nothing, to be as bad as can be


class Mutant(NamedTuple):
    name: str  # what was done to what
    file_name: str
    content: bytes


def mutants(seed: int, numbers: range) -> list[Mutant]:
    return [mutant(seed, number) for number in numbers]


def mutant(seed: int, number: int) -> Mutant:
    """The pictures of FUZZ_PICTURES come first, as they are."""
    given = found()
    if number < len(given):
        return Mutant(given[number].name, given[number].name, given[number].content)
    random = Random(f"{seed}:{number}")
    if random.random() < MONSTER_SHARE:
        kind = random.choice(list(CONTAINERS))
        monster = random.choice(CONTAINERS[kind].MONSTERS)
        return named(f"{number}: {kind} {monster.__name__}", kind, monster(random), random)
    seed_of = random.choice(list(CONTAINERS))  # or PNG, with its many kinds, would be most
    start = random.choice([seed for seed in [*seeds(), *given] if seed.kind == seed_of])
    content, done = start.content, []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        mutation = random.choice(MUTATIONS)
        content = mutation(start, content, random)[:MOST_BYTES]
        done.append(mutation.__name__)
    name = f"{number}: {start.name} {' '.join(done)}"
    return named(name, start.kind, content, random)


def named(name: str, kind: str, content: bytes, random: Random) -> Mutant:
    """Seldom it calls itself another kind than it is."""
    ending = ENDINGS[kind] if random.random() < 0.97 else random.choice([*ENDINGS.values(), ".txt"])
    return Mutant(name, f"mutant{ending}", content)


def units_of(seed: Seed, content: bytes) -> list[bytes]:
    return CONTAINERS[seed.kind].split(content) or [b""]


def joined(seed: Seed, units: list[bytes]) -> bytes:
    result: bytes = CONTAINERS[seed.kind].join(units)
    return result


def doubled(seed: Seed, content: bytes, random: Random) -> bytes:
    """Beside itself, or anywhere."""
    units = units_of(seed, content)
    at = random.randrange(len(units))
    units.insert(random.choice((at, random.randrange(len(units) + 1))), units[at])
    return joined(seed, units)


def repeated(seed: Seed, content: bytes, random: Random) -> bytes:
    units = units_of(seed, content)
    at = random.randrange(len(units))
    times = int(10 ** random.uniform(0.5, 5))
    units[at] *= min(times, max(1, (MOST_BYTES - len(content)) // max(1, len(units[at]))))
    return joined(seed, units)


def cut(seed: Seed, content: bytes, random: Random) -> bytes:
    units = units_of(seed, content)
    del units[random.randrange(len(units))]
    return joined(seed, units)


def swapped(seed: Seed, content: bytes, random: Random) -> bytes:
    units = units_of(seed, content)
    one, other = random.randrange(len(units)), random.randrange(len(units))
    units[one], units[other] = units[other], units[one]
    return joined(seed, units)


def emptied(seed: Seed, content: bytes, random: Random) -> bytes:
    units = units_of(seed, content)
    at = random.randrange(len(units))
    units[at] = CONTAINERS[seed.kind].emptied(units[at])
    return joined(seed, units)


def wrong_length(seed: Seed, content: bytes, random: Random) -> bytes:
    units = units_of(seed, content)
    at = random.randrange(len(units))
    length = random.choice((*LENGTHS, len(units[at]) + random.randrange(-20, 20)))
    units[at] = CONTAINERS[seed.kind].with_length(units[at], length)
    return joined(seed, units)


def shortened(seed: Seed, content: bytes, random: Random) -> bytes:
    """One part ends early, and says that it does not."""
    units = units_of(seed, content)
    at = random.randrange(len(units))
    units[at] = units[at][: random.randrange(len(units[at]) + 1)]
    return joined(seed, units)


def spliced(seed: Seed, content: bytes, random: Random) -> bytes:
    """A part of another picture of its kind."""
    units = units_of(seed, content)
    other = random.choice([other for other in seeds() if other.kind == seed.kind])
    part = random.choice(units_of(other, other.content))
    at = random.randrange(len(units))
    units[at : at + random.choice((0, 1))] = [part]
    return joined(seed, units)


def resized(seed: Seed, content: bytes, random: Random) -> bytes:
    if len(units_of(seed, content)) < 2:  # an earlier mutation has left no header
        return content
    width, height = random.choice(SIDES), random.choice(SIDES)
    result: bytes = CONTAINERS[seed.kind].resized(content, width, height)
    return result


def truncated(seed: Seed, content: bytes, random: Random) -> bytes:
    return content[: random.choice((random.randrange(len(content) + 1), len(content) - 1))]


def bits_flipped(seed: Seed, content: bytes, random: Random) -> bytes:
    """Anywhere, or near the start, where headers are."""
    changed = bytearray(content)
    near = random.choice((len(changed), min(len(changed), 400)))
    for _ in range(random.choice((1, 3, 50)) if changed else 0):
        changed[random.randrange(near)] ^= 1 << random.randrange(8)
    return bytes(changed)


def inside(seed: Seed, content: bytes, random: Random) -> bytes:
    """What one part holds, with a checksum that is right again where there is one."""
    units = units_of(seed, content)
    at = random.randrange(len(units))
    unit = bytearray(units[at])
    for _ in range(random.choice((1, 3, 20)) if len(unit) > 8 else 0):
        unit[random.randrange(8, len(unit))] = random.choice((*BYTES, random.randrange(256)))
    units[at] = bytes(unit)
    if seed.kind == "PNG":
        units[at] = png.mended(units[at])
    return joined(seed, units)


def bytes_replaced(seed: Seed, content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 4, 30)) if changed else 0):
        changed[random.randrange(len(changed))] = random.choice(BYTES)
    return bytes(changed)


def junk_behind(seed: Seed, content: bytes, random: Random) -> bytes:
    junk = random.choice((b"\0", b"\xff", b"<html>", content[:50_000], random.randbytes(10)))
    times = min(random.choice((1, 100, 100_000)), (MOST_BYTES - len(content)) // max(1, len(junk)))
    return content + junk * times


def junk_between(seed: Seed, content: bytes, random: Random) -> bytes:
    units = units_of(seed, content)
    junk = random.randbytes(random.choice((1, 2, 3, 100)))
    units.insert(random.randrange(len(units) + 1), random.choice((junk, bytes(len(junk)))))
    return joined(seed, units)


MUTATIONS: tuple[Callable[[Seed, bytes, Random], bytes], ...] = (
    doubled,
    repeated,
    cut,
    swapped,
    emptied,
    wrong_length,
    shortened,
    spliced,
    resized,
    truncated,
    bits_flipped,
    inside,
    inside,
    bytes_replaced,
    junk_behind,
    junk_between,
)
