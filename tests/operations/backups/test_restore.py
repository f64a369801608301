"""`manage.py restore FOLDER` brings everything back, into an empty place or in place of another."""

import os
import subprocess
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import psycopg2
import pytest
from django.core.management import call_command

from predictions.models import Prediction
from tests.conftest import PROJECT
from tests.one_machine.running import OURS
from tests.operations.backups.installation import Installation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def backups(tmp_path, user, ask):
    """A folder with a backup of one picture of Ada's."""
    ask(user)
    call_command("backup", str(tmp_path / "backups"), stdout=StringIO())
    return str(tmp_path / "backups")


@pytest.fixture
def empty(tmp_path):
    """A service with an empty database, and nothing else."""
    service = Installation(tmp_path, tmp_path)
    service.create_database()
    yield service
    service.destroy()


def restored(service):
    """Emails, and whether each picture's file is there."""
    people = service.rows("SELECT email FROM accounts_user ORDER BY email")
    files = service.rows("SELECT file FROM predictions_image")
    return [email for [email] in people], [(service.media / file).is_file() for [file] in files]


def test_into_an_empty_place_at_once_and_not_twice(backups, empty):
    said = empty.manage("restore", backups)
    assert "1 pictures" in said
    assert restored(empty) == (["ada@example.com"], [True])
    assert list(empty.data.glob("models/efficientnet-lite0/*/manifest.json"))

    again = empty.run("restore", backups)
    assert again.returncode == 1
    assert "There are people or pictures already" in again.stderr
    assert "--replace" in again.stderr


def test_in_place_of_another_all_of_whose_pictures_go(backups, empty, user, make_user, ask):
    Prediction.everything.all().delete()
    ask(make_user("eve@example.com"), "rocket.jpg")
    call_command("backup", backups, stdout=StringIO())
    later, earlier = sorted(os.listdir(f"{backups}/snapshots"), reverse=True)
    empty.manage("restore", f"{backups}/snapshots/{later}")
    assert restored(empty)[0] == ["ada@example.com", "eve@example.com"]
    [file] = [path for path in (empty.media / "images").rglob("*") if path.is_file()]

    said = empty.manage("restore", f"{backups}/snapshots/{earlier}", "--replace")
    assert "Deleted 1 files that the backup does not have." in said
    assert restored(empty) == (["ada@example.com"], [True])
    assert not file.exists()


def test_nothing_is_restored_under_the_feet_of_others(backups, empty):
    with closing(psycopg2.connect(empty.url, application_name="a worker")):
        done = empty.run("restore", backups)
    assert done.returncode == 1
    assert "1 other connections to the database are open (a worker from" in done.stderr
    assert empty.rows("SELECT to_regclass('accounts_user')") == [(None,)]


def test_a_damaged_one_leaves_the_database_as_it_was(backups, empty, user):
    image = user.predictions.get().image
    object = f"{backups}/objects/{image.sha256[:2]}/{image.sha256}"
    with open(object, "wb") as file:
        file.write(b"rotten")
    done = empty.run("restore", backups)
    assert done.returncode == 1
    assert "is damaged" in done.stderr and "Traceback" not in done.stderr
    assert empty.rows("SELECT to_regclass('accounts_user')") == [(None,)]


def test_another_secret_key_is_remarked(backups, empty):
    done = empty.run("restore", backups, SECRET_KEY="another" + "x" * 40)
    assert done.returncode == 0
    assert "SECRET_KEY is not the one of the backup" in done.stderr


def test_one_of_a_newer_version_is_refused(backups, empty):
    [header] = Path(backups).glob("snapshots/*/snapshot.json")
    header.write_text(header.read_text().replace('"accounts": "0', '"accounts": "9'))
    done = empty.run("restore", backups)
    assert done.returncode == 1
    assert "does not have (accounts.9" in done.stderr and "update the code" in done.stderr


def test_with_the_servers_of_make_run_it_starts_them_itself(backups, tmp_path):
    data = tmp_path / "var"
    plain = {name: value for name, value in os.environ.items() if name not in OURS}

    def manage(*arguments):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=plain | {"CLASSIFIER_DATA": str(data)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "1 pictures" in manage("restore", backups)
    assert "Backed up 1 pictures" in manage("backup", str(tmp_path / "others"))
