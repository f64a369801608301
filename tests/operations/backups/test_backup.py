"""What `manage.py backup` writes, and says."""

import json
import resource
import signal
import subprocess
import sys
from hashlib import sha256
from io import StringIO

import pyrage
import pytest
from django.core.management import CommandError, call_command

from classifier_site.operations.backups import programs
from classifier_site.operations.backups.models import Backup
from foundation.storage.holding import deletions_held
from learning.models import Archive
from predictions.registry.ownership import new_classifier
from tests.conftest import PROJECT
from tests.ports import free_port
from tests.s3_server import put_in_s3

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def backup(folder):
    """Makes one; what it says, and on the other stream."""

    def backup(*options):
        out, err = StringIO(), StringIO()
        call_command("backup", str(folder), *options, stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    return backup


def objects(folder):
    return {path.name for path in (folder / "objects").rglob("*") if path.is_file()}


def snapshots(folder):
    return sorted((folder / "snapshots").iterdir())


def test_each_picture_is_kept_once_by_its_hash(backup, folder, user, ask):
    first = ask(user)
    said, complaints = backup()
    assert "Backed up 1 pictures" in said and not complaints
    assert first.image.sha256 in objects(folder)

    second = ask(user, "rocket.jpg")
    before = objects(folder)
    said, _ = backup()
    assert "2 pictures" in said and "1 of them new" in said
    assert objects(folder) - before == {second.image.sha256}
    assert Backup.objects.first().pictures == 2


def test_old_backups_go_with_what_they_alone_need(backup, folder, user, ask):
    going = ask(user)
    staying = ask(user, "rocket.jpg")
    backup()
    going.delete()
    said, _ = backup("--keep", "1")
    assert "Deleted 1 older backups." in said
    assert len(snapshots(folder)) == 1
    assert going.image.sha256 not in objects(folder)
    assert staying.image.sha256 in objects(folder)


def test_lost_and_damaged_pictures_do_not_stop_it_and_are_named(backup, user, ask):
    lost, damaged = ask(user), ask(user, "rocket.jpg")
    lost.image.file.storage.delete(lost.image.file.name)
    with damaged.image.file.storage.open(damaged.image.file.name, "wb") as file:
        file.write(b"half of it")
    said, complaints = backup()
    assert "Backed up 2 pictures" in said
    assert f"1 files could not be read and are missing: {lost.image.file.name}." in complaints
    assert f"backed up as they are: {damaged.image.file.name}." in complaints


def test_it_names_settings_and_no_secret(backup, folder, user, ask, settings):
    ask(user)
    backup()
    [snapshot] = snapshots(folder)
    said = (snapshot / "snapshot.json").read_text()
    assert "SECRET_KEY" in json.loads(said)["settings"]
    assert settings.SECRET_KEY not in said
    assert settings.DATABASES["default"]["NAME"] not in said


def test_others_than_the_holder_of_the_key_cannot_read_it(backup, folder, user, ask, settings):
    settings.BACKUP_RECIPIENTS = [str(pyrage.x25519.Identity.generate().to_public())]
    prediction = ask(user)
    backup()
    written = [path for path in folder.rglob("*") if path.is_file()]
    for path in written:
        assert user.email.encode() not in path.read_bytes()
        assert b"PNG" not in path.read_bytes()[:10]
        assert prediction.image.sha256 not in str(path)
    plain = {path.name for path in written if path.suffix != ".age"}
    assert plain == {"snapshot.json", "objects.gz"}


def test_what_is_no_public_key_is_refused(backup, settings):
    settings.BACKUP_RECIPIENTS = ["age1nothing"]
    with pytest.raises(CommandError, match="not an age public key"):
        backup()


def test_nobody_else_can_read_the_folder(backup, folder, user, ask):
    ask(user)
    backup()
    for path in [folder, *folder.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_folder_with_other_files_is_refused(backup, folder):
    folder.mkdir()
    (folder / "letter.odt").write_text("Dear Ada")
    with pytest.raises(CommandError, match="holds other files"):
        backup()


def test_an_address_is_refused_with_what_to_do_instead(settings):
    done = subprocess.run(
        [sys.executable, "manage.py", "backup", "sftp://machine/folder"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "must be a folder, or like s3://bucket/prefix" in done.stderr
    assert "rclone" in done.stderr and "Traceback" not in done.stderr


def test_without_its_pg_dump_it_says_which_to_install(backup, monkeypatch):
    monkeypatch.setattr(programs, "installed", lambda: iter([]))
    with pytest.raises(CommandError, match=r"not installed.*postgresql-client-18"):
        backup()


def test_two_at_once_are_refused(backup, monkeypatch):
    monkeypatch.setattr("foundation.storage.holding.PATIENCE", "10ms")
    with deletions_held(), pytest.raises(CommandError, match="Another backup"):
        backup()


def limit_files() -> None:
    """The disk has no room for files of more than 40 kB, as which a dump counts."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))


def test_a_full_disk_is_a_sentence_and_leaves_the_earlier_backup(
    backup, folder, user, ask, environment
):
    ask(user)
    backup()
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    ask(user, "rocket.jpg")
    done = subprocess.run(
        [sys.executable, "manage.py", "backup", str(folder)],
        cwd=PROJECT,
        env=environment | {"CLASSIFIER_EMBEDDED_DATABASE": "0"},
        preexec_fn=limit_files,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "The backup could not be written" in done.stderr and "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_killed_one_leaves_nothing_that_counts(backup, folder, user, ask, environment):
    ask(user)
    with deletions_held():  # the other waits for it, with its folder made
        killed = subprocess.Popen(
            [sys.executable, "manage.py", "backup", str(folder)],
            cwd=PROJECT,
            env=environment | {"CLASSIFIER_EMBEDDED_DATABASE": "0"},
            stdout=subprocess.PIPE,
        )
        while not list(folder.glob("incomplete/*")):
            assert killed.poll() is None
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
    assert not snapshots(folder)
    backup()
    assert len(snapshots(folder)) == 1
    assert not list(folder.glob("incomplete/*"))


def test_the_dump_is_one_that_pg_restore_reads(backup, folder, user, ask):
    ask(user)
    backup()
    [snapshot] = snapshots(folder)
    found = programs.Programs.of_version(programs.major_version()).output(
        "pg_restore", "--list", str(snapshot / "database.dump")
    )
    assert "TABLE DATA public predictions_prediction" in found
    described = json.loads((snapshot / "snapshot.json").read_text())
    dumped = sha256((snapshot / "database.dump").read_bytes()).hexdigest()
    assert described["hashes"]["database.dump"] == dumped


def test_pictures_in_s3_are_backed_up_and_not_called_missing_while_it_is_away(
    backup, folder, user, ask, media_in_s3, settings
):
    prediction = ask(user)
    said, complaints = backup()
    assert "Backed up 1 pictures" in said and not complaints
    assert prediction.image.sha256 in objects(folder)

    prediction.delete()
    Archive.objects.create(
        classifier=new_classifier(user, "Waste"), started_by=user, file="archives/a.zip"
    )
    put_in_s3(settings, f"s3://pictures?endpoint=http://127.0.0.1:{free_port()}&region=a")
    with pytest.raises(CommandError, match="cannot be reached"):
        backup()
    assert len(snapshots(folder)) == 1
