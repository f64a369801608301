"""Pictures in S3: what the disk promises holds there, before a real server."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils import timezone

from foundation.storage.lasting import lasting_storage
from foundation.storage.s3 import PART, Objects
from tests.ports import free_port
from tests.s3_server import BUCKET, put_in_s3

LARGE = bytes(range(256)) * (2 * PART // 256) + b"and more"


@pytest.fixture(autouse=True)
def stored(media_in_s3):
    return media_in_s3


def read(name):
    with default_storage.open(name) as file:
        return file.read()


def test_what_is_stored_can_be_read(stored, s3_requests):
    name = default_storage.save("images/a.png", ContentFile(b"picture"))
    lasting_storage.flush(name)
    assert (name, stored()) == ("images/a.png", ["images/a.png"])
    s3_requests.clear()
    assert read(name) == b"picture"
    assert s3_requests == ["GetObject"]
    assert default_storage.size(name) == 7
    age = timezone.now() - default_storage.get_modified_time(name)
    assert timedelta(minutes=-1) < age < timedelta(minutes=1)


def test_a_name_that_is_taken_becomes_another():
    names = {default_storage.save("archives/a.zip", ContentFile(text)) for text in (b"1", b"2")}
    assert {read(name) for name in names} == {b"1", b"2"}


def test_replace_writes_under_the_same_name_in_one_request(stored, s3_requests):
    for text in (b"first", b"second"):
        lasting_storage.replace("images/a.png", ContentFile(text))
    assert (read("images/a.png"), stored()) == (b"second", ["images/a.png"])
    assert s3_requests == ["PutObject", "PutObject", "GetObject"]


def test_what_was_stored_can_be_stored_again():
    content = File(io.BytesIO(b"picture"))
    for name in ("a", "b"):
        lasting_storage.replace(name, content)
    assert read("a") == read("b") == b"picture"


def test_a_large_file_is_sent_in_parts_and_read_from_any_place(s3_requests):
    lasting_storage.replace("large", File(io.BytesIO(LARGE)))
    assert s3_requests.count("UploadPart") == 3 and "PutObject" not in s3_requests
    s3_requests.clear()
    with default_storage.open("large") as file:
        assert file.size == len(LARGE)
        assert file.read(10) == LARGE[:10]
        file.seek(-8, io.SEEK_END)
        assert file.read() == b"and more"
        assert file.read() == b""
        file.seek(PART)
        assert file.read(300_000) == LARGE[PART : PART + 300_000]
    assert s3_requests == ["GetObject"] * 3


class Broken(io.BytesIO):
    """A file of which only the beginning can be read."""

    def read(self, size=-1):
        if self.tell() >= PART:
            raise OSError("the disk of the upload is broken")
        return super().read(size)


def test_of_a_file_that_cannot_be_sent_in_full_nothing_is_left(stored, s3_server, s3_prefix):
    with pytest.raises(OSError, match="is broken"):
        lasting_storage.replace("large", File(Broken(LARGE)))
    assert stored() == []
    left = s3_server.admin.list_multipart_uploads(Bucket=BUCKET, Prefix=s3_prefix)
    assert not left.get("Uploads")


def test_an_object_that_was_replaced_meanwhile_is_not_read_half():
    lasting_storage.replace("large", ContentFile(LARGE))
    with default_storage.open("large") as file:
        file.read(1)
        lasting_storage.replace("large", ContentFile(LARGE[::-1]))
        file.seek(PART)
        with pytest.raises(OSError, match="PreconditionFailed"):
            file.read(1)


def test_an_archive_can_be_read():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(200):
            archive.writestr(f"{number}.txt", str(number))
    name = default_storage.save("a.zip", ContentFile(content.getvalue()))
    with default_storage.open(name) as file, zipfile.ZipFile(file) as archive:
        assert [archive.read(entry) for entry in archive.namelist()[-2:]] == [b"198", b"199"]


def test_deleting_what_is_gone_is_no_error(stored):
    name = default_storage.save("images/a.png", ContentFile(b"picture"))
    for _ in range(2):
        default_storage.delete(name)
    assert stored() == []
    assert not default_storage.exists(name)


def test_folders_are_listed(s3_requests):
    for name in ("images/2026/a.png", "images/2026/b.png", "images/c.png", "images2/d.png"):
        lasting_storage.replace(name, ContentFile(b"picture"))
    assert default_storage.listdir("images") == (["2026"], ["c.png"])
    assert default_storage.listdir("images/2026") == ([], ["a.png", "b.png"])
    assert default_storage.listdir("nothing") == ([], [])


def test_the_type_is_that_of_the_name_whatever_the_sender_says(s3_server, s3_prefix):
    content = ContentFile(b"picture")
    content.content_type = "text/html"
    lasting_storage.replace("images/a.png", content)
    head = s3_server.admin.head_object(Bucket=BUCKET, Key=f"{s3_prefix}/images/a.png")
    assert head["ContentType"] == "image/png"


def test_names_stay_within_the_prefix():
    with pytest.raises(SuspiciousOperation):
        default_storage.delete("../other/a.png")


@pytest.mark.parametrize("ask", [read, default_storage.size, default_storage.get_modified_time])
def test_a_missing_object_is_a_missing_file(ask):
    with pytest.raises(FileNotFoundError):
        ask("images/a.png")


def fails(ask, why):
    with pytest.raises(OSError, match=why) as refused:
        ask()
    assert not isinstance(refused.value, FileNotFoundError)


ASKED = [
    lambda: read("a"),
    lambda: lasting_storage.replace("a", ContentFile(b"1")),
    lambda: default_storage.delete("a"),
    lambda: default_storage.exists("a"),
    lambda: default_storage.listdir("a"),
]


@pytest.mark.parametrize("ask", ASKED)
def test_an_unreachable_server_is_an_error_of_the_disk(settings, ask):
    put_in_s3(settings, f"s3://pictures?endpoint=http://127.0.0.1:{free_port()}&region=a")
    fails(ask, "cannot be reached")


@pytest.mark.parametrize("ask", ASKED)
def test_so_is_a_wrong_secret(monkeypatch, ask):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    fails(ask, "S3 refused")


def test_so_are_missing_credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    fails(lambda: read("a"), "credentials")


def test_so_is_a_missing_bucket(settings, s3_server):
    put_in_s3(settings, s3_server.url("a").replace(BUCKET, "nowhere"))
    fails(lambda: read("a"), "NoSuchBucket")
    fails(lambda: lasting_storage.replace("a", ContentFile(b"1")), "S3 refused")


def test_a_server_that_hangs_is_given_up_and_then_left_alone_for_a_moment(s3_server, monkeypatch):
    monkeypatch.setattr("foundation.storage.s3.READ_TIMEOUT", 0.3)
    monkeypatch.setattr("foundation.storage.s3.REST", 3600)
    storage = Objects(default_storage.at, connections=1)
    storage.save("a", ContentFile(b"1"))
    with s3_server.hanging():
        fails(lambda: storage.size("a"), "timeout")
    fails(lambda: storage.size("a"), "a moment ago")
    assert not storage.is_reachable()
    storage.away_until = 0
    assert storage.size("a") == 1
    assert storage.is_reachable()


def test_credentials_of_the_environment_are_boto3s_own(monkeypatch):
    """With AWS_SESSION_TOKEN, which django-storages does not read."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert default_storage.client._get_credentials().token == "token"


@pytest.mark.parametrize("content", [b"small", LARGE], ids=["small", "large"])
def test_encryption_is_asked_for_with_each_object(settings, s3_server, content):
    """SeaweedFS has no keys, so it refuses."""
    asked = {"encryption": "aws:kms", "kms_key": "key-1"}
    put_in_s3(settings, s3_server.url("encrypted", **asked))
    headers = []

    def look(request, **_):
        headers.append(request.headers)

    default_storage.client.meta.events.register("before-send.s3", look)
    with pytest.raises(OSError, match="S3 refused"):
        lasting_storage.replace("a", ContentFile(content))
    assert headers[0]["x-amz-server-side-encryption"] == b"aws:kms"
    assert headers[0]["x-amz-server-side-encryption-aws-kms-key-id"] == b"key-1"


@pytest.mark.parametrize(
    "url",
    [
        "s3://pictures?region=us-east-1",
        "s3://pictures?region=eu-central-1",
        "s3://pictures?region=eu-central-1&addressing=path",
        "s3://pictures?endpoint=https://s3.example.org&region=a",
        "s3://pictures?endpoint=https://s3.example.org&region=a&addressing=virtual",
    ],
)
def test_addresses_are_where_pages_may_load_pictures(settings, url):
    put_in_s3(settings, url)
    assert default_storage.url("a/b.png").startswith(f"{settings.MEDIA_BUCKET.origin}/")
