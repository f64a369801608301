"""`doctor` finds storage that cannot be used, or is not what the database says."""

import shutil
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit

import pytest

from classifier_site.operations.doctor import (
    storage,
)
from classifier_site.operations.doctor.findings import Severity
from tests.operations.doctor.finding import one

pytestmark = pytest.mark.django_db


def test_storage_that_is_not_writable(settings):
    assert list(storage.writable()) == []
    settings.MEDIA_ROOT = Path("/proc/classifier")  # root can write everywhere else
    found = one(storage.writable, "Pictures cannot be stored in /proc/classifier")
    assert "read-only" in found.do


def test_a_full_disk():
    """The system refuses to write, as it would then."""
    before = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (0, before[1]))
    try:
        found = list(storage.writable())
    finally:
        setrlimit(RLIMIT_FSIZE, before)
    assert "Pictures cannot be stored" in found[0].says and "Make room" in found[0].do
    assert "temporary files" in found[1].says
    assert not list(storage.folder().glob(".doctor-*"))


@pytest.mark.parametrize(("free", "severity"), [(50, Severity.WARNING), (10, Severity.PROBLEM)])
def test_a_disk_that_is_nearly_full(monkeypatch, free, severity):
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: (1000, 1000 - free, free))
    one(storage.room, f"{free / 10:.1f}% of the disk", severity=severity)


def test_a_volume_that_is_not_mounted(ask, user, settings, tmp_path):
    ask(user, answered=False)
    assert list(storage.pictures()) == []
    settings.MEDIA_ROOT = tmp_path
    one(storage.pictures, "none of those looked for")


def test_a_picture_without_its_file(ask, user):
    ask(user, "coffee.png", answered=False)
    lost = ask(user, "chelsea.png", answered=False).inference.image
    lost.file.storage.delete(lost.file.name)
    one(storage.pictures, "1 of 2 pictures", lost.file.name)
