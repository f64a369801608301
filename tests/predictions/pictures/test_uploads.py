"""Uploads are counted and hashed as they arrive, and leave nothing behind."""

import errno
import gc
import hashlib
import os
import re

import pytest
from django.core.files.uploadhandler import FileUploadHandler
from django.db import transaction

from predictions.pictures.uploads import PictureUploadHandler
from tests.pictures import IMAGES

COFFEE = (IMAGES / "coffee.png").read_bytes()


def received(content, chunk_size=FileUploadHandler.chunk_size):
    handler = PictureUploadHandler()
    handler.new_file("file", "coffee.png", "image/png", len(content))
    for start in range(0, len(content), chunk_size):
        handler.receive_data_chunk(content[start : start + chunk_size], start)
    return handler.file_complete(len(content))


@pytest.mark.parametrize("chunk_size", [1000, 64 * 1024, 10_000_000])
def test_the_hashes_of_an_upload_are_those_of_its_content(chunk_size):
    with received(COFFEE, chunk_size) as file:
        assert file.sha256 == hashlib.sha256(COFFEE).hexdigest()
        assert file.md5 == hashlib.md5(COFFEE).hexdigest()
        assert file.read() == COFFEE
        assert not file.too_large


def test_nothing_of_an_oversized_upload_is_kept(settings):
    settings.MAX_FILE_BYTES = len(COFFEE) - 1
    with received(COFFEE) as file:
        assert file.too_large
        file.file.seek(0, 2)
        assert file.file.tell() == 0


def test_an_upload_that_cannot_be_written_to_its_end_arrives_without_content(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    handler = PictureUploadHandler()
    handler.new_file("file", "coffee.png", "image/png", len(COFFEE))
    handler.receive_data_chunk(COFFEE, 0)
    # Where what is left in its buffer is written.
    monkeypatch.setattr(handler.file, "flush", full)
    with handler.file_complete(len(COFFEE)) as file:
        assert not file.is_kept
        assert file.read() == b""


def test_uploads_of_one_request_share_one_file_without_mixing(settings):
    settings.MAX_FILE_BYTES = len(COFFEE)
    handler = PictureUploadHandler()
    contents = [COFFEE, COFFEE + b"too large", COFFEE[::-1], b""]
    uploads = []
    for content in contents:
        handler.new_file("file", "coffee.png", "image/png", len(content))
        for start in range(0, len(content), 50_000):
            handler.receive_data_chunk(content[start : start + 50_000], start)
        uploads.append(handler.file_complete(len(content)))
    for _ in range(2):
        assert [b"".join(upload.chunks(7000)) for upload in uploads] == [
            COFFEE,
            b"",
            COFFEE[::-1],
            b"",
        ]
    assert [upload.too_large for upload in uploads] == [False, True, False, False]


def test_many_uploads_keep_only_one_file_open():
    gc.collect()  # or what tests before have left open is closed in between
    handler, before = PictureUploadHandler(), len(os.listdir("/proc/self/fd"))
    uploads = []
    for _ in range(200):
        handler.new_file("file", "coffee.png", "image/png", len(COFFEE))
        handler.receive_data_chunk(COFFEE, 0)
        uploads.append(handler.file_complete(len(COFFEE)))
    assert len(os.listdir("/proc/self/fd")) == before + 1
    assert os.fstat(handler.file.fileno()).st_size == 200 * len(COFFEE)
    for upload in uploads:
        assert not handler.file.closed
        upload.close()
    assert handler.file.closed


def test_a_stored_file_is_named_by_its_content_and_readable_by_its_owner_only(user, ask, media):
    image = ask(user, answered=False).image
    name = rf"images/{image.created_at:%Y/%m/%d}/{image.md5}-[0-9a-f]{{8}}\.png"
    assert re.fullmatch(name, image.file.name)
    (path,) = media()
    assert path.read_bytes() == COFFEE
    assert path.stat().st_mode & 0o777 == 0o600


def test_folders_in_the_name_of_an_upload_are_ignored(api, model, media):
    """Written by hand: no honest client sends the folders along."""
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../etc/passwd.png"'
    form = part + b"\r\nContent-Type: image/png\r\n\r\n" + COFFEE + b"\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    found = api.generic("POST", "/model/predict", form, kind, HTTP_PREFER="respond-async").json()
    assert found["file_name"] == "passwd.png"
    (path,) = media()
    assert path.name.startswith(found["image_file_name"].removesuffix(".png"))


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_is_rolled_back_deletes_no_file(user, ask, media):
    prediction = ask(user, answered=False)
    with transaction.atomic():
        prediction.delete()
        transaction.set_rollback(True)
    assert len(media()) == 1
    with user.predictions.get().image.file.open() as file:
        assert file.read() == COFFEE
