"""Thumbnails: who makes them, when, and how long they are kept."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from predictions import services
from predictions.models import Inference
from predictions.pictures import files
from predictions.pictures.thumbnails import LARGE_COPY, thumbnail
from predictions.pictures.uploads import PictureUpload
from predictions.queueing import decoding
from tests.colours import display_p3
from tests.pictures import picture


def get(page, prediction, width=240):
    return page.get(f"/history/{prediction.pk}/thumbnail/{width}")


@pytest.mark.parametrize(("width", "size"), [(240, (240, 160)), (480, (480, 320))])
def test_a_thumbnail_is_a_small_webp_of_the_whole_picture(page, user, ask, width, size):
    response = get(page, ask(user), width)
    assert response["Content-Type"] == "image/webp"
    assert "immutable" in response["Cache-Control"]
    assert response["Cache-Control"].startswith("private")
    with Image.open(io.BytesIO(b"".join(response))) as image:
        assert (image.format, image.size) == ("WEBP", size)


def test_a_thumbnail_is_made_once(page, user, ask, media):
    prediction = ask(user)
    get(page, prediction)
    [made] = [path for path in media() if path.suffix == ".webp"]
    made.write_bytes(b"kept")
    assert b"".join(get(page, prediction)) == b"kept"


def test_a_small_picture_is_not_enlarged(page, user, model, worker):
    page.post("/", {"file": picture("red", "red.png", (32, 24))})
    prediction = user.predictions.get()
    with Image.open(io.BytesIO(b"".join(get(page, prediction)))) as image:
        assert image.size == (32, 24)


def test_a_picture_deleted_while_it_is_decoded_leaves_no_thumbnail(user, model, media):
    large = picture("red", "red.png", (2500, 2000))
    prediction = services.request_prediction(user, PictureUpload.of(large.read(), "red.png"))
    file = prediction.image.file.name
    content = decoding.read(file)
    decoding.decode(file, content, [model.pk])
    assert len([path for path in media() if path.suffix == ".webp"]) == 2

    files.delete(prediction.image)
    decoding.decode(file, content, [model.pk])

    assert media() == []


def test_thumbnails_are_deleted_with_their_picture(transactional_db, page, user, ask, media):
    prediction = ask(user)
    get(page, prediction)
    get(page, prediction, 480)
    assert len(media()) == 3
    prediction.delete()
    assert media() == []


def test_a_large_copy_for_reviewers_is_made_of_a_large_picture_and_deleted_with_it(
    user, model, media
):
    large = picture("red", "red.png", (2500, 2000))
    prediction = services.request_prediction(user, PictureUpload.of(large.read(), "red.png"))
    with thumbnail(prediction.image, LARGE_COPY) as file, Image.open(file) as image:
        assert (image.format, image.size) == ("WEBP", (1600, 1280))
    files.delete(prediction.image)
    assert media() == []


def test_an_unsupported_width_gets_404(page, user, ask):
    assert get(page, ask(user), 5000).status_code == 404


@pytest.mark.parametrize("status", ["queued", "failed"])
def test_a_picture_that_no_worker_has_decoded_gets_404(page, user, ask, status):
    prediction = ask(user)
    Inference.objects.update(status=status)
    assert get(page, prediction).status_code == 404


def test_a_lost_file_gets_404(page, user, ask, media):
    prediction = ask(user)
    for path in media():
        path.unlink()
    assert get(page, prediction).status_code == 404


def test_thumbnails_of_a_large_picture_are_made_by_the_worker_alone(page, user, worker, media):
    """Decoding takes hundreds of megabytes, which the web process does not have."""
    page.post("/", {"file": picture("red", "red.png", (2500, 2000))})
    assert len(media()) == 3
    prediction = user.predictions.get()
    with Image.open(io.BytesIO(b"".join(get(page, prediction)))) as image:
        assert image.size == (240, 192)
    for path in media():
        if path.suffix == ".webp":
            path.unlink()
    response = get(page, prediction)  # as where a full disk had no room for it
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "private, no-cache"
    with Image.open(io.BytesIO(b"".join(response))) as image:
        assert image.size == (2500, 2000)


def test_a_thumbnail_has_the_colours_of_the_picture_in_srgb(page, user, worker):
    """Of a phone's photograph, which has a profile that the small copy has not."""
    content = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 60, 40)).save(content, "JPEG", icc_profile=display_p3())
    page.post("/", {"file": SimpleUploadedFile("phone.jpg", content.getvalue())})
    with Image.open(io.BytesIO(b"".join(get(page, user.predictions.get())))) as image:
        assert "icc_profile" not in image.info
        red, green, blue = image.convert("RGB").getpixel((100, 80))
    assert red > 214
    assert green < 43
    assert blue < 20


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_turned_photograph_is_upright_in_its_thumbnail_and_on_its_page(page, user, worker, kind):
    exif, content = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    Image.new("RGB", (400, 300), "teal").save(content, kind, exif=exif)
    page.post("/", {"file": SimpleUploadedFile(f"portrait.{kind.lower()}", content.getvalue())})
    prediction = user.predictions.get()
    assert (prediction.image.width, prediction.image.height) == (300, 400)
    assert "300 × 400" in page.get(prediction.get_absolute_url()).content.decode()
    with Image.open(io.BytesIO(b"".join(get(page, prediction)))) as image:
        assert image.size == (240, 320)
