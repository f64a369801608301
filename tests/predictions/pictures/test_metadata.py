"""Metadata such as place and camera is removed; the picture stays the same."""

import io
import struct

import pytest
from PIL import ExifTags, Image, ImageChops, ImageCms, PngImagePlugin

from predictions.inference.containers import format_of, riff_chunk
from predictions.inference.limits import UnreadableImage
from predictions.inference.pictures import open_image
from predictions.pictures.checks import Refused
from predictions.pictures.metadata import without_metadata
from predictions.pictures.profiles import numbers_alone
from predictions.pictures.traces import tells
from predictions.pictures.uploads import PictureUpload
from tests.demanding import chunk, segment
from tests.pictures import IMAGES

SECRET = "Rue Secrete 7"


def content(kind, **options):
    saved = io.BytesIO()
    with Image.open(IMAGES / "coffee.png") as image:
        image.convert("RGB").save(saved, kind, **options)
    return saved.getvalue()


def exif(orientation=1):
    tags = Image.Exif()
    tags[ExifTags.Base.Model] = SECRET
    tags[ExifTags.Base.Orientation] = orientation
    tags.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSMapDatum] = SECRET
    return tags


def telling(kind, orientation=1):
    """A picture of this kind that tells a secret in every way Pillow can write."""
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", SECRET)
        text.add_itxt("Author", SECRET)
        return content(kind, pnginfo=text, exif=exif(orientation))
    if kind == "GIF":
        return content(kind, comment=SECRET.encode())
    if kind == "WEBP":
        return content(kind, exif=exif(orientation), xmp=SECRET.encode())
    return content(kind, exif=exif(orientation), comment=SECRET.encode(), xmp=SECRET.encode())


def bare(kind, told):
    return without_metadata(PictureUpload.of(told, "a." + kind.lower()), kind)


def pixels(data):
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").copy()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_stripping_removes_all_metadata_and_changes_no_pixel(kind):
    told = telling(kind)
    assert SECRET.encode() in told
    upload = bare(kind, told)
    left = upload.read()
    assert SECRET.encode() not in left
    assert upload.size == len(left)
    assert ImageChops.difference(pixels(told), pixels(left)).getbbox() is None


@pytest.mark.parametrize("progressive", [False, True])
def test_stripping_a_jpeg_keeps_its_pixels_and_its_colour_profile(progressive):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert b"sRGB built-in" in profile.replace(b"\0", b"")
    told = content("JPEG", exif=exif(), progressive=progressive, icc_profile=profile)
    left = bare("JPEG", told).read()
    assert ImageChops.difference(pixels(told), pixels(left)).getbbox() is None
    with Image.open(io.BytesIO(left)) as image:
        kept = image.info["icc_profile"]
    assert b"sRGB" not in kept.replace(b"\0", b"")
    image, to = Image.effect_noise((64, 64), 90).convert("RGB"), ImageCms.createProfile("LAB")
    before, after = (
        ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(io.BytesIO(one)), to, outputMode="LAB"
        )
        for one in (profile, kept)
    )
    assert before.tobytes() == after.tobytes()  # no colour changes


def test_what_follows_the_numbers_of_a_profile_goes():
    """Curves and tables are as long as they say."""
    table = b"mft1\0\0\0\0\3\3\2\0" + bytes(36) + bytes(3 * 256 + 8 * 3 + 3 * 256)
    curve = b"curv\0\0\0\0\0\0\0\1\2\x33"
    values, at = {b"A2B0": table, b"rTRC": curve, b"desc": b"text"}, 128 + 4 + 3 * 12
    entries, data = struct.pack(">I", len(values)), b""
    for name, value in values.items():
        entries += struct.pack(">4sII", name, at + len(data), len(value + SECRET.encode()))
        data += value + SECRET.encode()
    header = (bytes(36) + b"acsp" + SECRET.encode().rjust(60)).ljust(128, b"\0")
    left = numbers_alone(header + entries + data)
    assert table in left
    assert curve in left
    assert SECRET.encode() not in left
    assert numbers_alone(left) == left


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_stripping_keeps_the_orientation(kind, orientation):
    left = bare(kind, telling(kind, orientation)).read()
    with Image.open(io.BytesIO(left)) as image:
        tags = dict(image.getexif())
    assert tags.pop(ExifTags.Base.Orientation, 1) == orientation
    assert not tags
    assert open_image(left).size == open_image(telling(kind, orientation)).size


XMP_TURNED = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


def turned_by_xmp(kind):
    if kind != "PNG":
        return content(kind, xmp=XMP_TURNED)
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", XMP_TURNED.decode())
    return content(kind, pnginfo=text)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_an_orientation_in_xmp_is_ignored_as_browsers_do(kind):
    told = turned_by_xmp(kind)
    left = bare(kind, told).read()
    assert b"xmpmeta" not in left
    assert open_image(left).size == open_image(told).size == (600, 400)


def test_stripping_removes_exif_that_follows_the_pixels_of_a_png():
    told = telling("PNG", orientation=6)
    start = told.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(told[start : start + 4], "big")
    late = told[:start] + told[end:-12] + told[start:end] + told[-12:]
    left = bare("PNG", late).read()
    assert SECRET.encode() not in left
    assert open_image(left).size == open_image(late).size == (600, 400)  # as in browsers


def test_stripping_removes_an_invalid_orientation():
    left = bare("JPEG", telling("JPEG", orientation=9)).read()
    assert b"Exif" not in left


def test_a_truncated_jpeg_is_not_completed():
    told = telling("JPEG")
    with pytest.raises(UnreadableImage):
        open_image(bare("JPEG", told[: len(told) // 2]).read())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_stripping_removes_data_that_follows_the_picture(kind):
    """Phones put further views behind the first one; careless editors leave what was cut away."""
    left = bare(kind, telling(kind) + telling(kind)).read()
    assert left == bare(kind, telling(kind)).read()


def test_stripping_removes_unknown_segments():
    told = telling("JPEG")
    claim = b"\xff\xeb" + (len(SECRET) + 2).to_bytes(2, "big") + SECRET.encode()  # C2PA's APP11
    assert SECRET.encode() not in bare("JPEG", told[:2] + claim + told[2:]).read()


def test_stripping_keeps_the_frames_and_the_pace_of_an_animation():
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "green", "blue")]
    saved = io.BytesIO()
    frames[0].save(saved, "GIF", save_all=True, append_images=frames[1:], loop=3, duration=70)
    with Image.open(io.BytesIO(bare("GIF", saved.getvalue()).read())) as image:
        assert (image.n_frames, image.info["loop"], image.info["duration"]) == (3, 3, 70)


def test_stripping_removes_damaged_exif_without_an_error():
    short = b"\xff\xe1\x00\x0aExif\0\0MM"
    left = bare("JPEG", content("JPEG")[:2] + short + content("JPEG")[2:]).read()
    assert b"Exif" not in left


@pytest.mark.parametrize("name", [b"acTL", b"fcTL", b"fdAT"])
def test_stripping_an_animation_with_a_wrong_checksum_changes_no_pixel(name):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    saved = io.BytesIO()
    frames[0].save(
        saved, "PNG", save_all=True, append_images=frames[1:], default_image=True, duration=50
    )
    told = saved.getvalue()
    at = told.index(name)
    checksum = at + 4 + int.from_bytes(told[at - 4 : at], "big")
    told = told[:checksum] + bytes([told[checksum] ^ 1]) + told[checksum + 1 :]
    assert open_image(bare("PNG", told).read()).tobytes() == open_image(told).tobytes()


def test_bytes_that_decoders_skip_hide_no_metadata():
    told = telling("JPEG")
    at = told.index(b"\xff\xe1")
    left = bare("JPEG", told[:at] + b"\0\0" + told[at:]).read()
    assert left == bare("JPEG", told).read()
    assert SECRET.encode() not in left


def test_what_follows_a_name_in_a_segment_goes():
    """Adobe's segment has twelve bytes, JFIF's a small copy."""
    told = content("JPEG")
    adobe = segment(0xEE, b"Adobe\0d\0\0\0\0\1" + SECRET.encode())
    jfif = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\3\3" + SECRET.encode().ljust(27))
    left = bare("JPEG", told[:2] + jfif + adobe + told[20:]).read()
    assert SECRET.encode() not in left
    assert ImageChops.difference(pixels(told), pixels(left)).getbbox() is None


def test_frames_of_a_webp_keep_only_their_pixels():
    frames, saved = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")], io.BytesIO()
    frames[0].save(saved, "WEBP", save_all=True, append_images=frames[1:], duration=70)
    told = saved.getvalue()
    at = told.index(b"ANMF")
    frame = told[at + 8 : at + 8 + int.from_bytes(told[at + 4 : at + 8], "little")]
    told = (
        told[:at]
        + riff_chunk(b"ANMF", frame + riff_chunk(b"note", SECRET.encode()))
        + told[at + 8 + len(frame) :]
    )
    told = told[:4] + (len(told) - 8).to_bytes(4, "little") + told[8:]
    left = bare("WEBP", told).read()
    assert SECRET.encode() in told
    assert SECRET.encode() not in left
    with Image.open(io.BytesIO(left)) as image:
        assert image.n_frames == 2


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_tells_before_it_is_stripped_and_not_after(kind):
    told = telling(kind)
    assert tells(told, kind)
    assert not tells(bare(kind, told).read(), kind)


def test_a_text_behind_the_pixels_is_seen():
    bare_png = bare("PNG", content("PNG")).read()
    assert tells(bare_png[:-12] + chunk(b"tEXt", SECRET.encode()) + bare_png[-12:], "PNG")


def test_a_file_whose_traces_would_stay_is_refused():
    told = content("JPEG")
    at = told.index(b"\xff\xda") + 200
    with pytest.raises(Refused, match="cannot be removed without a trace"):
        bare("JPEG", told[:at] + b"<x:xmpmeta>" + told[at:])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a GIF without its trailer", content("GIF")[:-1]),
        ("a GIF with zeros before its trailer", content("GIF")[:-1] + b"\0\0;"),
        ("a PNG without IEND", content("PNG")[:-12]),
        ("a JPEG without its last marker", content("JPEG")[:-2]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_without_its_end_is_the_same_picture_stripped(name, content):
    left = bare(format_of(content), content).read()
    assert open_image(left).tobytes() == open_image(content).tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("length", [3, 13, 31])
def test_a_file_cut_off_in_its_header_is_refused_or_stripped(kind, length):
    try:
        left = bare(kind, telling(kind)[:length]).read()
    except Refused:
        return
    assert SECRET.encode() not in left
