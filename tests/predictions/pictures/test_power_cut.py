"""Accepted pictures survive a power cut: they are flushed to the disk before the answer is sent."""

import errno
import os
from pathlib import Path

import pytest
from redis import Redis

from predictions.models import Image
from tests.pictures import photograph
from tests.predictions.client import predict


@pytest.fixture
def flushed(monkeypatch):
    """The files and folders that this process has had written to the disk."""
    inodes = set()
    fsync = os.fsync

    def watched(descriptor):
        fsync(descriptor)
        inodes.add(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", watched)
    return lambda path: path.stat().st_ino in inodes


def test_an_accepted_picture_and_its_folder_are_flushed_to_the_disk(api, model, media, flushed):
    assert predict(api, prefer="respond-async").status_code == 202
    [path] = media()
    assert flushed(path)
    assert flushed(path.parent)


def test_a_picture_that_could_not_be_enqueued_is_flushed_to_the_disk(
    api, own_redis, media, flushed
):
    with Redis.from_url(own_redis.redis_url) as redis:
        redis.config_set("maxmemory", "1")
    assert predict(api).status_code == 503
    [path] = media()
    assert flushed(path)


def test_a_thumbnail_is_flushed_to_the_disk(page, user, ask, media, flushed):
    page.get(f"/history/{ask(user).pk}/thumbnail/240").close()
    [copy] = [path for path in media() if path.suffix == ".webp"]
    assert flushed(copy)


def test_a_disk_that_fails_to_flush_is_logged(api, worker, media, caplog, monkeypatch):
    def fail(descriptor):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    assert predict(api, photograph()).json()["prediction"] == "espresso"
    assert f"The picture {Image.objects.get()} could not be flushed to the disk: " in caplog.text
    assert Path(Image.objects.get().file.path).exists()
