"""HEIC and AVIF, of two encoders each: upright, on white, cropped, and nothing but the picture."""

import io
import struct

import pi_heif
import pytest
from PIL import Image, ImageChops, ImageOps

from predictions.inference.containers import format_of
from predictions.inference.limits import (
    DAMAGED,
    TOO_MANY_PARTS,
    TOO_MANY_PIXELS,
    UnreadableImage,
    measure,
)
from predictions.inference.pictures import TRANSPOSITIONS, as_shown, open_image
from tests import stills

RED, GREEN, BLUE, YELLOW, WHITE = (
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 0),
    (255, 255, 255),
)
PLAIN = ["turned-1-pillow-heif.heic", "plain-heif-enc.heic"]
PLAIN += ["turned-1-pillow.avif", "turned-1-avifenc.avif", "turned-2-avifenc.avif"]


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """In the middle of each quarter, rounded to what was painted."""
    wide, high = image.width // 4, image.height // 4
    found = [image.getpixel((x, y)) for y in (high, 3 * high) for x in (wide, 3 * wide)]
    return [tuple(round(value / 255) * 255 for value in pixel) for pixel in found]


def quarters(orientation: int = 1, last: tuple[int, ...] = YELLOW) -> list[tuple[int, ...]]:
    image = Image.new("RGB", (8, 8))
    for at, colour in enumerate((RED, GREEN, BLUE, last)):
        image.paste(colour, (4 * (at % 2), 4 * (at // 2), 8, 8))
    turned = image.transpose(TRANSPOSITIONS[orientation]) if orientation > 1 else image
    return corners(turned)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("encoder", ["pillow-heif.heic", "pillow.avif", "avifenc.avif"])
def test_a_picture_is_upright_however_it_was_turned(encoder: str, orientation: int) -> None:
    content = stills.read(f"turned-{orientation}-{encoder}")
    image = open_image(content)
    assert corners(image) == quarters(orientation)
    assert image.format == ("AVIF" if encoder.endswith("avif") else "HEIF")
    shown = as_shown(content, measure(content))
    assert (shown.width, shown.height) == image.size == ((68, 76) if orientation > 4 else (76, 68))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", PLAIN)
def test_decoders_turn_a_picture_in_the_same_way(name: str, orientation: int) -> None:
    piece = stills.coded(name)
    turned = piece._replace(properties=[*piece.properties, *stills.TURNS[orientation]])
    content = stills.file(name, [turned])
    assert alike(open_image(content), decoded(content))


def decoded(content: bytes) -> Image.Image:
    """As the decoders give it that the project does not let read the boxes."""
    if format_of(content) == "HEIF":
        return pi_heif.open_heif(io.BytesIO(content)).to_pillow().convert("RGB")
    with Image.open(io.BytesIO(content)) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def alike(one: Image.Image, other: Image.Image) -> bool:
    """But for how colour is spread over pixels when there is less of it."""
    if one.size != other.size:
        return False
    difference = ImageChops.difference(one, other).convert("L").point([0] * 16 + [255] * 240)
    return sum(difference.histogram()[255:]) < 0.05 * one.width * one.height


@pytest.mark.parametrize("order", ["irot imir", "imir irot"])
def test_turns_act_in_their_order(order: str) -> None:
    properties = {"irot": (b"irot", b"\1"), "imir": (b"imir", b"\0")}
    piece = stills.coded(stills.PLAIN["HEIF"])
    turns = [properties[name] for name in order.split()]
    content = stills.file("a.heic", [piece._replace(properties=[*piece.properties, *turns])])
    assert corners(open_image(content)) == quarters(5 if order == "irot imir" else 7)
    assert alike(open_image(content), decoded(content))


@pytest.mark.parametrize("name", [name for name in stills.NAMES if name.startswith("alpha")])
def test_what_is_transparent_is_white(name: str) -> None:
    assert corners(open_image(stills.read(name))) == quarters(last=WHITE)


@pytest.mark.parametrize("name", [name for name in stills.NAMES if "turned" not in name])
def test_other_pictures_are_right(name: str) -> None:
    """Of 10 bits, of full colour, of odd sizes, with small copies, of a sequence the first one."""
    content = stills.read(name)
    image = open_image(content)
    size = {"odd": (77, 69), "cropped": (38, 68), "told": (68, 76)}
    assert image.size == size.get(name.partition("-")[0], (76, 68))
    last = WHITE if name.startswith("alpha") else YELLOW
    right = [GREEN, GREEN, YELLOW, YELLOW]
    turned = 6 if name.startswith("told") else 1
    expected = right if name.startswith("cropped") else quarters(turned, last)
    assert corners(image) == expected


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("name", PLAIN)
def test_a_grid_is_one_picture_and_what_lies_beside_it_none(name: str, orientation: int) -> None:
    content = stills.as_a_phone(name, orientation)
    measured = measure(content)
    assert (measured.width, measured.height) == (142, 130)
    image = open_image(content)
    tile = open_image(stills.file(name, [stills.coded(name)]))
    whole = Image.new("RGB", (142, 130))
    for at in ((0, 0), (76, 0), (0, 68), (76, 68)):
        whole.paste(tile, at)
    if orientation == 6:
        whole = whole.transpose(Image.Transpose.ROTATE_270)
    assert image.size == whole.size
    assert alike(image, whole)


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_a_profile_is_read_and_none_made_up(kind: str) -> None:
    end = "pillow-heif.heic" if kind == "HEIF" else "pillow.avif"
    assert open_image(stills.read(f"told-{end}")).info["icc_profile"][36:40] == b"acsp"
    assert open_image(stills.read(f"turned-1-{end}")).info["icc_profile"] == b""


@pytest.mark.parametrize("name", PLAIN)
def test_the_size_that_the_decoder_reads_counts(name: str) -> None:
    """And not the one in the boxes, which would let it take any memory; AVIF is scaled to that."""
    piece = stills.coded(name)
    rest = [each for each in piece.properties if each[0] != b"ispe"]
    small = piece._replace(properties=[*rest, stills.size_of(8, 8)])
    content = stills.file(name, [small])
    assert measure(content).memory >= 76 * 68 * 1.5
    if name.endswith(".avif"):
        assert corners(open_image(content)) == quarters()
        return
    with pytest.raises(UnreadableImage, match="damaged"):
        open_image(content)


@pytest.mark.parametrize("name", PLAIN)
def test_a_picture_that_asks_for_too_much_is_refused_before_it_is_decoded(name: str) -> None:
    piece = stills.coded(name)
    rest = [each for each in piece.properties if each[0] != b"ispe"]
    large = piece._replace(properties=[*rest, stills.size_of(16_000, 16_000)])
    assert refusal(stills.file(name, [large])) == TOO_MANY_PIXELS
    tiles = stills.grid(40, 40, 76 * 40, 68 * 40, [2] * 1600)
    assert refusal(stills.file(name, [tiles, piece])) == TOO_MANY_PARTS


@pytest.mark.parametrize("name", PLAIN[:3])
def test_a_grid_with_holes_or_a_tile_used_twice_is_refused(name: str) -> None:
    piece = stills.coded(name)
    for size, tiles in (((152, 68), [2, 2]), ((153, 68), [2, 3]), ((76, 68), [2, 3])):
        assert (
            refusal(stills.file(name, [stills.grid(1, 2, *size, tiles), piece, piece])) == DAMAGED
        )
    whole = stills.grid(1, 2, 152, 68, [2, 3])
    assert open_image(stills.file(name, [whole, piece, piece])).size == (152, 68)


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableImage) as refused:
        measure(content)
    return refused.value.text


def test_a_picture_of_many_slices_or_frames_is_refused() -> None:
    """Each may cover all of it."""
    piece = stills.coded(PLAIN[0])
    later = bytearray(piece.data)
    later[6] &= 0x7F  # not the first slice of the picture
    slices = piece._replace(data=piece.data + bytes(later) * 700)
    assert refusal(stills.file("a.heic", [slices])) == TOO_MANY_PARTS
    two = piece._replace(data=piece.data * 2)
    assert refusal(stills.file("a.heic", [two])) == DAMAGED
    frames = stills.coded("turned-1-pillow.avif")
    many = frames._replace(data=frames.data * 20)
    assert refusal(stills.file("a.avif", [many])) == TOO_MANY_PARTS


@pytest.mark.parametrize("name", PLAIN)
def test_a_file_that_is_cut_off_is_refused(name: str) -> None:
    content = stills.read(name)
    for part in (0.1, 0.5, 0.9):
        with pytest.raises(UnreadableImage, match="damaged, cut off"):
            open_image(content[: int(len(content) * part)])


def test_a_picture_of_another_codec_or_a_video_is_refused() -> None:
    assert format_of(b"\0\0\0\x14ftypisom\0\0\0\0mp42") is None
    piece = stills.coded(PLAIN[0])
    assert refusal(stills.file("a.heic", [piece._replace(kind=b"jpeg")])) == DAMAGED
    unknown = piece._replace(properties=[*piece.properties, (b"????", b"")])
    assert open_image(stills.file("a.heic", [unknown])).size == (76, 68)
    needed = piece._replace(properties=[*piece.properties, (b"must", b"")])
    assert refusal(stills.file("a.heic", [needed])) == DAMAGED


@pytest.mark.parametrize(
    ("brands", "kind"),
    [
        (b"heic", "HEIF"),
        (b"heix", "HEIF"),
        (b"mif1\0\0\0\0heic", "HEIF"),
        (b"mif1\0\0\0\0avif", "AVIF"),
        (b"avis", "AVIF"),
        (b"mif1", "HEIF"),
        (b"qt  ", None),
    ],
)
def test_a_format_is_known_by_its_brands(brands: bytes, kind: str | None) -> None:
    assert format_of(struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands) == kind
