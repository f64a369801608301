"""Place, camera and the rest are left out; the picture stays as it was."""

import io

import pytest
from PIL import ExifTags, Image, ImageChops, PngImagePlugin

from predictions.metadata import without_metadata
from predictions.models import Image as StoredImage
from predictions.models import Prediction
from predictions.uploads import PictureUpload
from tests.pictures import IMAGES, photograph

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
    if kind == "WEBP":
        return content(kind, exif=exif(orientation), xmp=SECRET.encode())
    return content(kind, exif=exif(orientation), comment=SECRET.encode(), xmp=SECRET.encode())


def bare(kind, told):
    return without_metadata(PictureUpload.of(told, "a." + kind.lower()), kind)


def pixels(data):
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").copy()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_is_told_and_no_pixel_changes(kind):
    told = telling(kind)
    assert SECRET.encode() in told
    upload = bare(kind, told)
    left = upload.read()
    assert SECRET.encode() not in left
    assert upload.size == len(left)
    assert ImageChops.difference(pixels(told), pixels(left)).getbbox() is None


@pytest.mark.parametrize("progressive", [False, True])
def test_every_kind_of_jpeg(progressive):
    told = content("JPEG", exif=exif(), progressive=progressive, icc_profile=b"profile" * 9)
    left = bare("JPEG", told).read()
    assert ImageChops.difference(pixels(told), pixels(left)).getbbox() is None
    with Image.open(io.BytesIO(left)) as image:
        assert image.info["icc_profile"] == b"profile" * 9  # colours would change without


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_photograph_stays_turned(orientation):
    left = bare("JPEG", telling("JPEG", orientation)).read()
    with Image.open(io.BytesIO(left)) as image:
        tags = dict(image.getexif())
    assert tags == ({} if orientation == 1 else {ExifTags.Base.Orientation: orientation})


def test_what_follows_the_picture_is_cut_off():
    """Phones put further views behind the first one, each with metadata of its own."""
    left = bare("JPEG", telling("JPEG") + telling("JPEG")).read()
    assert SECRET.encode() not in left


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("length", [3, 13, 31])
def test_a_damaged_file_is_refused_or_cut(kind, length):
    try:
        left = bare(kind, telling(kind)[:length]).read()
    except ValueError:
        return
    assert SECRET.encode() not in left


def test_without_the_wish_the_file_stays_as_it_was_sent(page, model):
    page.post("/", {"file": [photograph("coffee.png"), photograph("rocket.jpg")]})
    stored = {image.file.read() for image in StoredImage.objects.all()}
    assert stored == {(IMAGES / name).read_bytes() for name in ("coffee.png", "rocket.jpg")}


def test_a_form_can_ask_for_it(page, model):
    told = telling("JPEG")
    file = io.BytesIO(told)
    file.name = "told.jpg"
    page.post("/history/cards", {"file": file, "without_metadata": "on"})
    image = Prediction.objects.get().image
    assert SECRET.encode() not in image.file.read()
    assert image.sha256 != PictureUpload.of(told, "told.jpg").sha256
