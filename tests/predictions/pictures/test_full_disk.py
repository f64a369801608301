"""Nothing can be written: pictures are refused with the reason, and no part of one is kept."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from predictions.models import Image, Inference
from predictions.pictures import uploads
from predictions.pictures.uploads import PictureUploadHandler
from tests.pictures import IMAGES, photograph, picture
from tests.predictions.client import predict

WHY = "The picture could not be stored; the disk may be full."


@pytest.fixture
def lose_disk(media) -> Iterator[Callable[[], None]]:
    """Called, it puts a file where the folder of the pictures should be, which stops even root."""
    folder = settings.MEDIA_ROOT / "images"

    def lose() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(exist_ok=True)
        folder.touch()

    yield lose
    folder.unlink()


def test_a_new_picture_is_refused_with_the_reason(api, model, lose_disk):
    lose_disk()
    response = predict(api)
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert response.json()["detail"].startswith(WHY)
    assert not Image.objects.exists()


def test_a_card_says_that_the_disk_is_full_and_is_not_sent_again(page, model, lose_disk):
    lose_disk()
    response = page.post("/history/cards", {"file": photograph()})
    assert response.status_code == 503
    assert "Retry-After" not in response  # the card would send it again and again by itself
    assert response.content.decode().startswith(WHY)


def test_an_upload_that_cannot_be_spooled_is_refused_without_the_others(api, model, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    large, small = photograph(), picture("blue", "blue.png")
    monkeypatch.setattr(uploads, "SPOOL_BYTES", small.size + 1)
    response = api.post("/model/predictions", {"file": [large, small]}, format="multipart")
    assert [entry["status"] for entry in response.json()] == ["refused", "queued"]
    assert response.json()[0]["detail"].startswith(WHY)


def test_a_known_picture_is_answered(api, user, ask, lose_disk):
    ask(user)
    cache.clear()
    lose_disk()
    assert predict(api).json()["cached"] is True


def test_a_picture_that_failed_before_is_refused_with_the_reason(api, user, ask, lose_disk):
    ask(user, answered=False)
    Inference.objects.update(status="failed")
    lose_disk()
    assert predict(api).json()["detail"].startswith(WHY)


def test_every_file_of_a_bulk_request_is_refused_with_the_reason(api, model, lose_disk):
    lose_disk()
    files = [picture("red", "red.png"), picture("blue", "blue.png")]
    response = api.post("/model/predictions", {"file": files}, format="multipart")
    assert response.status_code == 202
    assert [entry["status"] for entry in response.json()] == ["refused", "refused"]
    assert all(entry["detail"].startswith(WHY) for entry in response.json())


class Endless(ContentFile):
    """More than there is room for."""

    def chunks(self, chunk_size=None):
        yield b"the first piece"
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_stored_completely_or_not_at_all(media):
    with pytest.raises(OSError, match="No space left"):
        default_storage.save("thumbnails/cut.webp", Endless(b""))
    assert media() == []
    default_storage.save("thumbnails/whole.webp", ContentFile(b"all of it"))
    assert [path.name for path in media()] == ["whole.webp"]


def test_the_original_is_shown_when_its_thumbnail_cannot_be_stored(
    page, user, ask, monkeypatch, caplog
):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    prediction = ask(user)
    monkeypatch.setattr(default_storage, "_save", full)
    response = page.get(f"/history/{prediction.pk}/thumbnail/240")
    assert response.status_code == 200
    assert response.getvalue() == (IMAGES / "coffee.png").read_bytes()
    assert response["Content-Type"] == "image/png"
    assert "No thumbnail of" in caplog.text


def test_an_oversized_upload_is_reported_as_too_large(settings):
    settings.MAX_FILE_BYTES = 10
    handler = PictureUploadHandler()
    handler.new_file("file", "large.png", "image/png", None)
    handler.file.close()
    full = handler.file = open("/dev/full", "w+b")  # noqa: SIM115
    handler.receive_data_chunk(b"12345", 0)  # held back; the next would have it written
    handler.receive_data_chunk(b"6789012345", 5)
    assert handler.file_complete(15).too_large
    with suppress(OSError):
        full.close()
