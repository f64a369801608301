"""`manage.py backup s3://…`, and `restore --check` from there."""

import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pyrage
import pytest
from django.core.management import CommandError, call_command

from classifier_site.operations.backups.bucket import LOCK, BackupBucket
from classifier_site.operations.backups.models import latest
from foundation.storage.address import bucket_at
from foundation.storage.holding import own_transaction
from tests.conftest import PROJECT
from tests.ports import free_port
from tests.s3_server import BUCKET, READER, SITE, put_in_s3

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def url(s3_server, s3_credentials, s3_prefix):
    """Where the backups are."""
    return s3_server.url(f"{s3_prefix}/backups")


@pytest.fixture
def names(s3_server, s3_prefix):
    """Those that begin so."""

    def names(beginning):
        stored = s3_server.names(f"{s3_prefix}/backups")
        return {name for name in stored if name.startswith(beginning)}

    return names


@pytest.fixture
def put(s3_server, s3_prefix):
    def put(name, content=b"something"):
        s3_server.admin.put_object(Bucket=BUCKET, Key=f"{s3_prefix}/backups/{name}", Body=content)

    return put


def backup(url, *options):
    """What it says."""
    out, err = StringIO(), StringIO()
    call_command("backup", url, *options, stdout=out, stderr=err)
    assert not err.getvalue()
    return out.getvalue()


def check(url, **options):
    call_command("restore", url, check=True, stdout=(out := StringIO()), **options)
    return out.getvalue()


def snapshot_in(said):
    return said.strip().rpartition("/")[2]


def with_snapshot(url, name):
    address, _, parameters = url.partition("?")
    return f"{address}/snapshots/{name}?{parameters}"


def object_of(prediction):
    sha256 = prediction.image.sha256
    return f"objects/{sha256[:2]}/{sha256}"


def test_each_picture_is_kept_once_and_what_only_old_backups_need_goes(
    url, names, user, ask, s3_prefix
):
    going, staying = ask(user), ask(user, "rocket.jpg")
    said = backup(url)
    assert "Backed up 2 pictures" in said
    earlier = snapshot_in(said)
    assert names("snapshots") == {
        f"snapshots/{earlier}/{name}"
        for name in ("database.dump", "files.jsonl.gz", "objects.gz", "snapshot.json")
    }
    assert latest().place == f"s3://{BUCKET}/{s3_prefix}/backups/snapshots/{earlier}"
    assert {object_of(going), object_of(staying)} <= names("objects")

    going.delete()
    new, before = ask(user, "chelsea.png"), names("objects")
    said = backup(url)
    assert "1 of them new" in said
    assert names("objects") - before == {object_of(new)}
    assert "can be restored: 2 pictures" in check(url)
    assert f"{earlier} can be restored: 2 pictures" in check(with_snapshot(url, earlier))

    assert "Deleted 2 older backups." in backup(url, "--keep", "1")
    assert len(names("snapshots")) == 4
    assert object_of(going) not in names("objects")
    assert {object_of(staying), object_of(new)} <= names("objects")
    with pytest.raises(CommandError, match=f"{earlier} is not a complete backup"):
        check(with_snapshot(url, earlier))


def test_what_rotted_or_is_missing_is_found(url, put, user, ask, s3_server, s3_prefix):
    picture = object_of(ask(user))
    snapshot = snapshot_in(backup(url))
    put(picture)
    with pytest.raises(CommandError, match=f"backups/{picture} is damaged. Delete it, and"):
        check(url)
    s3_server.admin.delete_object(Bucket=BUCKET, Key=f"{s3_prefix}/backups/{picture}")
    with pytest.raises(CommandError, match=f"backups/{picture} is missing"):
        check(url)
    assert "1 of them new" in backup(url)
    assert "can be restored" in check(url)
    put(f"snapshots/{snapshot}/database.dump")
    with pytest.raises(CommandError, match=rf"{snapshot}/database\.dump is damaged or missing"):
        check(with_snapshot(url, snapshot))


def test_an_encrypted_one_needs_its_key_and_tells_nothing(
    url, names, user, ask, settings, tmp_path, s3_server, s3_prefix
):
    key = pyrage.x25519.Identity.generate()
    settings.BACKUP_RECIPIENTS = [str(key.to_public())]
    prediction = ask(user)
    backup(url)
    for name in names(""):
        stored = s3_server.admin.get_object(Bucket=BUCKET, Key=f"{s3_prefix}/backups/{name}")
        content = stored["Body"].read()
        assert user.email.encode() not in content and not content.startswith(b"\x89PNG")
        assert prediction.image.sha256 not in name
    plain = {Path(name).name for name in names("") if not name.endswith(".age")}
    assert plain == {"README.txt", "snapshot.json", "objects.gz"}
    with pytest.raises(CommandError, match="name the key with --identity FILE"):
        check(url)
    file = tmp_path / "key.txt"
    file.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    with pytest.raises(CommandError, match="cannot be decrypted"):
        check(url, identity=file)
    file.write_text(f"{key}\n")
    assert "can be restored: 1 pictures" in check(url, identity=file)


def test_a_killed_one_leaves_pieces_that_the_next_one_uses(
    url, names, unheard_redis, user, ask, environment
):
    first, second = ask(user), ask(user, "rocket.jpg")
    path = Path(second.image.file.path)
    content = path.read_bytes()
    path.unlink()
    os.mkfifo(path)  # whoever reads it waits
    killed = subprocess.Popen(
        [sys.executable, "manage.py", "backup", url],
        cwd=PROJECT,
        env=environment | SITE | {"CLASSIFIER_EMBEDDED_DATABASE": "0"},
        stdout=subprocess.PIPE,
    )
    while object_of(first) not in names("objects"):
        assert killed.poll() is None
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not names("snapshots")
    with pytest.raises(CommandError, match=r"No backup in .* is complete"):
        check(url)
    path.unlink()
    path.write_bytes(content)
    said = backup(url)
    assert "2 pictures" in said and len(names("snapshots")) == 4


def test_what_was_killed_at_its_end_is_no_backup_and_goes(
    url, names, put, user, ask, s3_server, s3_prefix
):
    ask(user)
    backup(url)
    put("snapshots/20990101T000000Z/database.dump")
    put("snapshots/20990101T000000Z/objects.gz")
    where = {"Bucket": BUCKET, "Key": f"{s3_prefix}/backups/objects/ab/abc"}
    s3_server.admin.create_multipart_upload(**where)
    assert "can be restored: 1 pictures" in check(url)
    backup(url)
    assert not names("snapshots/2099")
    left = s3_server.admin.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ())
    assert where["Key"] not in [upload["Key"] for upload in left]


def test_what_makes_it_a_backup_is_written_last(url, names):
    place = BackupBucket(bucket_at(url))

    def fail():
        with place.new_snapshot(place.next_time()) as folder:
            (folder / "snapshot.json").write_text("{}")
            (folder / "what-cannot-be-sent").mkdir()

    with pytest.raises(IsADirectoryError):
        fail()
    assert not names("snapshots")


def test_two_at_once_are_refused(url, user):
    with own_transaction() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        with pytest.raises(CommandError, match="Another backup of this service is running"):
            backup(url)


def test_a_folder_copied_into_a_bucket_is_one_of_backups(url, put, user, ask, tmp_path):
    ask(user)
    call_command("backup", str(tmp_path), stdout=StringIO())
    for path in tmp_path.rglob("*"):
        if path.is_file():
            put(path.relative_to(tmp_path).as_posix(), path.read_bytes())
    assert "can be restored: 1 pictures" in check(url)
    assert "0 of them new" in backup(url)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("s3:/bucket", "the place names no bucket"),
        ("s3://Bucket/backups", "the place names no bucket"),
        ("s3://key:secret@bucket", "the place must have no access key in it"),
        ("s3://bucket?endpont=http://a", "the place can have the parameters"),
    ],
)
def test_a_wrong_address_is_a_sentence(address, reason):
    for command in ("backup", "restore"):
        with pytest.raises(CommandError, match=reason) as refused:
            call_command(command, address)
        assert "secret@" not in str(refused.value)


def test_what_s3_refuses_is_a_sentence_before_the_database_is_dumped(
    url, put, names, user, monkeypatch, s3_server, s3_prefix
):
    def refused(match, address=url):
        with pytest.raises(CommandError, match=match) as found:
            call_command("backup", address, stdout=(out := StringIO()))
        assert "Dumping" not in out.getvalue() and "\n" not in str(found.value)

    put("letter.odt")
    refused("backups holds other objects: name another prefix")
    elsewhere = s3_server.url(f"{s3_prefix}/elsewhere")
    missing = elsewhere.replace(f"s3://{BUCKET}", "s3://no-such-bucket")
    refused("Backups cannot be stored in s3://no-such-bucket.*S3 refused", missing)
    for name, value in READER.items():
        monkeypatch.setenv(name, value)
    refused("Backups cannot be stored in .*elsewhere.*AccessDenied", elsewhere)
    nobody = f"s3://{BUCKET}/x?endpoint=http://127.0.0.1:{free_port()}&region=a"
    refused("cannot be reached", nobody)
    with pytest.raises(CommandError, match="S3 cannot be reached"):
        check(nobody)
    with pytest.raises(CommandError, match="holds no backups"):
        check(elsewhere)
    assert names("") == {"letter.odt"}


def test_pictures_in_the_bucket_are_backed_up_into_it_but_not_among_themselves(
    user, ask, media_in_s3, settings, s3_server, s3_prefix
):
    ask(user)
    inside = s3_server.url(f"{s3_prefix}/backups")
    for command in ("backup", "restore"):
        with pytest.raises(CommandError, match="is where the pictures are, and a restore deletes"):
            call_command(command, inside)
    beside = s3_server.url(f"{s3_prefix}-backups")
    assert "Backed up 1 pictures" in backup(beside)
    assert "can be restored: 1 pictures" in check(beside)
    put_in_s3(settings, s3_server.url(""))
    with pytest.raises(CommandError, match="is where the pictures are"):
        backup(beside)
