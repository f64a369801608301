"""`/models/{name}/archives`: a ZIP file with a folder for each class."""

import io
import shutil
import tempfile
import zipfile

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from learning.models import Archive
from learning.queue import MOST_WAITING
from tests.learning.teaching import waste


def zipped(**folders):
    """A ZIP file with so many photographs in each folder, and a file that is none."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for folder, number in folders.items():
            for path in waste(folder, number):
                archive.write(path, f"{folder}/{path.name}")
            archive.writestr(f"{folder}/notes.txt", "hello")
    return SimpleUploadedFile("waste.zip", file.getvalue())


def send(api, address, file):
    return api.post(f"{address}/archives", {"archive": file}, format="multipart")


def test_its_pictures_become_examples(api, address, work):
    sent = send(api, address, zipped(glass=2, paper=1))
    assert sent.status_code == 202
    assert (sent.json()["status"], sent.json()["says"]) == ("queued", "Waiting for its turn")
    work()
    found = api.get(sent["Location"]).json()
    assert (found["status"], found["says"]) == ("done", "")
    assert (found["file_name"], found["added"], found["refused_number"]) == ("waste.zip", 3, 2)
    assert found["refused"][0] == {
        "file_name": "glass/notes.txt",
        "detail": "File type is not supported.",
    }
    counts = {one["key"]: one["examples"] for one in api.get(f"{address}/classes").json()}
    assert counts == {"glass": 2, "paper": 1}


def test_a_cancelled_one_adds_nothing(api, address, work):
    place = send(api, address, zipped(glass=1))["Location"]
    for _ in range(2):
        assert api.delete(place).status_code == 204
    work()
    assert api.get(place).json()["status"] == "cancelled"
    assert api.get(f"{address}/examples").json() == []


def test_one_that_is_done_cannot_be_cancelled(api, address, classifier, user):
    archive = Archive.objects.create(classifier=classifier, started_by=user, status="done")
    refused = api.delete(f"{address}/archives/{archive.pk}")
    assert (refused.status_code, refused.json()["detail"]) == (409, "It has ended already.")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("waste.zip", b"hello", "This is no ZIP file, or it is damaged."),
        ("waste.rar", b"hello", "Send a ZIP file in the field archive. Its name ends with .zip."),
    ],
)
def test_another_file_is_refused(api, address, name, content, said):
    refused = send(api, address, SimpleUploadedFile(name, content))
    assert (refused.status_code, refused.json()["detail"]) == (400, said)
    assert not Archive.objects.exists()


@pytest.fixture
def no_folder():
    """A file where the folder of the archives should be, which stops even root."""
    folder = settings.MEDIA_ROOT / "archives"
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    folder.touch()
    yield
    folder.unlink()


def test_more_than_a_few_at_once_are_refused(api, address, classifier, user):
    Archive.objects.bulk_create(
        Archive(classifier=classifier, started_by=user) for _ in range(MOST_WAITING)
    )
    refused = send(api, address, zipped(glass=1))
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("Some of your files are being written or read.")


def test_a_full_disk_is_said(api, address, no_folder):
    refused = send(api, address, zipped(glass=1))
    assert (refused.status_code, refused["Retry-After"]) == (503, "60")
    assert "the disk may be full" in refused.json()["detail"]
    assert not Archive.objects.exists()


def test_a_disk_without_room_for_what_arrives_is_said(api, address, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    assert send(api, address, zipped(glass=1)).status_code == 503
    assert not Archive.objects.exists()
