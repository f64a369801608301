"""`doctor` finds storage that cannot be used, or is not what the database says."""

import shutil
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit

import pytest

from classifier_site.operations.doctor import bucket, storage
from classifier_site.operations.doctor.findings import Severity
from tests.operations.doctor.finding import one
from tests.s3_server import BUCKET, put_in_s3

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


def test_a_bucket_that_can_be_used_and_one_that_cannot(media_in_s3, settings, monkeypatch):
    checks = [storage.writable, storage.room, storage.pictures, *(c.look for c in bucket.CHECKS)]
    assert [list(look()) for look in checks] == [[]] * len(checks)
    assert media_in_s3() == []
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    put_in_s3(settings, settings.MEDIA_BUCKET.url)
    found = one(bucket.bucket, f"Pictures cannot be stored in {settings.MEDIA_BUCKET}", "Signature")
    assert "s3:ListBucket" in found.do
    assert list(storage.pictures()) == []


def test_pictures_that_are_not_in_the_bucket(ask, user, media_in_s3, settings):
    ask(user, answered=False)
    assert list(storage.pictures()) == []
    put_in_s3(settings, settings.MEDIA_BUCKET._replace(prefix="elsewhere").url)
    found = one(storage.pictures, "none of those looked for is in s3://pictures/elsewhere")
    assert "MEDIA_URL" in found.do


def test_a_bucket_that_keeps_what_is_deleted(media_in_s3, s3_server):
    of = {"Bucket": BUCKET}
    s3_server.admin.put_bucket_versioning(**of, VersioningConfiguration={"Status": "Enabled"})
    try:
        one(bucket.versions_of_objects, "keeps earlier versions", severity=Severity.WARNING)
    finally:
        s3_server.admin.put_bucket_versioning(**of, VersioningConfiguration={"Status": "Suspended"})
