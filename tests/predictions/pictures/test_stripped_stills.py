"""Metadata of HEIC and AVIF is removed, with everything that is not the picture."""

import io

import pi_heif
import pytest
from PIL import Image, ImageOps

from predictions.inference.containers import format_of
from predictions.inference.item_boxes import Meta
from predictions.inference.pictures import open_image
from predictions.pictures.metadata import without_metadata
from predictions.pictures.profiles import numbers_alone
from predictions.pictures.uploads import PictureUpload
from tests import stills
from tests.predictions import exiftool

SECRETS = (b"Rue Secrete", b"Secret Camera", b"Exif", b"x265", b"xmpmeta")


def bare(content: bytes) -> bytes:
    kind = format_of(content)
    return without_metadata(PictureUpload.of(content, "a.heic"), kind).read()


def all_files() -> dict[str, bytes]:
    phones = {
        f"phone-{turn}-{name}": stills.as_a_phone(name, turn)
        for turn in (1, 6)
        for name in stills.PLAIN.values()
    }
    return {name: stills.read(name) for name in stills.NAMES} | phones


@pytest.mark.parametrize("name", ["told-pillow-heif.heic", "told-pillow.avif"])
def test_the_files_tell_what_is_to_be_removed(name):
    content = stills.read(name)
    assert b"Rue Secrete" in content
    assert b"Secret Camera" in content
    assert exiftool.told(stills.BOXED)[name]


def test_stripped_pictures_keep_their_pixels_and_nothing_else(tmp_path):
    for name, content in all_files().items():
        left = bare(content)
        told, kept = open_image(content), open_image(left)
        assert (kept.size, kept.tobytes()) == (told.size, told.tobytes()), name
        assert kept.info["icc_profile"] == numbers_alone(told.info["icc_profile"]), name
        assert not any(secret in left for secret in SECRETS), name
        assert {*Meta(left).kinds.values()} <= {b"hvc1", b"av01", b"grid"}, name
        assert bare(left) == left, name
        (tmp_path / name).write_bytes(left)
    found = exiftool.told(tmp_path)
    assert len(found) > 40
    assert {name: tags for name, tags in found.items() if tags} == {}


def test_what_encoders_write_between_the_pixels_is_removed():
    """In messages of HEVC, and in the metadata and filling of AV1."""
    secret = b"Rue Secrete 7"
    heic, avif = stills.coded(stills.PLAIN["HEIF"]), stills.coded(stills.PLAIN["AVIF"])
    message = b"\x4e\x01\x05" + secret  # SEI before the picture
    hevc = (len(message)).to_bytes(4, "big") + message + heic.data
    av1 = avif.data + b"".join(
        bytes([kind << 3 | 2, len(secret)]) + secret
        for kind in (5, 15)  # metadata, padding
    )
    in_config = b"\xa7\0\1" + len(message).to_bytes(2, "big") + message
    properties = [
        (kind, body[:22] + bytes([body[22] + 1]) + body[23:] + in_config)
        if kind == b"hvcC"
        else (kind, body)
        for kind, body in heic.properties
    ]
    for name, piece in (
        ("a.heic", heic._replace(data=hevc, properties=properties)),
        ("a.avif", avif._replace(data=av1)),
    ):
        content = stills.file(name, [piece])
        left = bare(content)
        assert secret in content
        assert secret not in left
        assert open_image(left).tobytes() == open_image(content).tobytes()


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("name", ["pillow-heif.heic", "pillow.avif", "avifenc.avif"])
def test_a_stripped_picture_is_turned_for_other_programs_too(name, turn):
    left = bare(stills.read(f"turned-{turn}-{name}"))
    if name.endswith("heic"):
        shown = pi_heif.open_heif(io.BytesIO(left)).to_pillow()
    else:
        with Image.open(io.BytesIO(left)) as image:
            shown = ImageOps.exif_transpose(image)
    assert shown.size == open_image(left).size == ((68, 76) if turn > 4 else (76, 68))
