"""HEIC on pages: a copy that browsers show, once a worker has decoded the picture."""

import io

import pytest
from PIL import Image

from predictions import services
from predictions.pictures.thumbnails import LARGE_COPY
from predictions.pictures.uploads import PictureUpload
from predictions.queueing import decoding
from tests import stills
from tests.predictions.in_process import answer

HEIC = "coffee.heic"


def sent(user, name, *, answered=True):
    prediction = services.request_prediction(user, PictureUpload.of(stills.read(name), name))
    if answered:
        answer([prediction.inference])
    return prediction


def test_a_page_shows_a_copy_of_heic_and_the_download_is_the_original(page, user, model):
    prediction = sent(user, HEIC)
    shown = page.get(f"/history/{prediction.pk}/image")
    assert shown["Content-Type"] == "image/webp"
    with Image.open(io.BytesIO(b"".join(shown))) as image:
        assert image.size == (240, 160)
    download = page.get(f"/history/{prediction.pk}/image?download")
    assert download["Content-Type"] == "image/heif"
    assert b"".join(download) == stills.read(HEIC)


def test_nothing_is_decoded_for_a_page_before_a_worker_has_done_it(page, user, model, media):
    prediction = sent(user, HEIC, answered=False)
    shown = page.get(f"/history/{prediction.pk}/image")
    assert shown["Content-Type"] == "image/heif"
    assert b"".join(shown) == stills.read(HEIC)
    assert [path.suffix for path in media()] == [".heic"]


def test_avif_is_shown_as_it_is(page, user, model):
    shown = page.get(f"/history/{sent(user, 'coffee.avif').pk}/image")
    assert shown["Content-Type"] == "image/avif"


@pytest.mark.parametrize(("name", "copies"), [(HEIC, 3), ("coffee.avif", 2)])
def test_a_worker_makes_the_large_copy_where_it_is_shown(
    user, model, media, monkeypatch, name, copies
):
    monkeypatch.setattr(decoding.thumbnails, "LARGE", 1000)  # pixels: the web would not make them
    prediction = sent(user, name)
    made = [path.stem.rpartition("-")[2] for path in media() if path.suffix == ".webp"]
    assert len(made) == copies
    assert (str(LARGE_COPY) in made) == (name == HEIC)
    assert prediction.image.is_intact()
