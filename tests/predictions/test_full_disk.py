"""The disk fills up: whoever sends a picture is told so, and no piece of one stays behind."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from predictions.models import Image
from tests.pictures import photograph, picture
from tests.predictions.client import predict

# Bytes that a file of this process may have while the disk is "full"; no server's, no worker's.
ROOM = 50_000
WHY = "The picture could not be stored; the disk may be full."


@contextmanager
def disk_is_full() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def full_disk(media) -> Iterator[None]:
    with disk_is_full():
        yield


def test_a_new_picture_is_refused_with_the_reason(api, model, media, full_disk):
    response = predict(api, photograph("rocket.jpg"))
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert response.json()["detail"].startswith(WHY)
    assert not Image.objects.exists()
    assert media() == []


def test_a_card_says_so(page, model, full_disk):
    response = page.post("/history/cards", {"file": photograph("rocket.jpg")})
    assert response.status_code == 503
    assert response.content.decode().startswith(WHY)


def test_a_known_picture_is_answered(api, user, ask):
    ask(user, "rocket.jpg")
    caches["met"].clear()
    with disk_is_full():
        assert predict(api, photograph("rocket.jpg")).json()["cached"] is True


def test_of_many_the_others_are_accepted(api, model, media, full_disk):
    small = picture("red", "red.png")
    files = [small, photograph("rocket.jpg"), picture("blue", "blue.png")]
    found = api.post("/model/predictions", {"file": files}, format="multipart").json()
    assert [entry["status"] for entry in found] == ["queued", "refused", "queued"]
    assert found[1]["detail"].startswith(WHY)


def test_a_file_is_there_whole_or_not_at_all(media, full_disk):
    with pytest.raises(OSError, match="too large"):
        default_storage.save("thumbnails/cut.webp", ContentFile(bytes(ROOM + 1)))
    assert media() == []
    assert default_storage.save("thumbnails/whole.webp", ContentFile(bytes(ROOM)))
    assert [path.name for path in media()] == ["whole.webp"]
