"""`manage.py restore FOLDER --check` restores into an empty place, counts and hashes."""

from io import StringIO

import pyrage
import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def backups(tmp_path, user, ask):
    """A folder with a backup of one picture."""
    ask(user)
    call_command("backup", str(tmp_path / "backups"), stdout=StringIO())
    return tmp_path / "backups"


def check(folder, **options):
    out = StringIO()
    call_command("restore", str(folder), check=True, stdout=out, **options)
    return out.getvalue()


def test_a_good_one_can_be_restored(backups):
    said = check(backups)
    assert "can be restored: 1 pictures" in said
    assert "with the right hashes" in said


def test_a_picture_that_rotted_is_found(backups, user):
    image = user.predictions.get().image
    [rotten] = backups.glob(f"objects/*/{image.sha256}")
    rotten.write_bytes(rotten.read_bytes()[:-1] + b"!")
    with pytest.raises(CommandError, match=f"{image.sha256} is damaged. Delete it"):
        check(backups)
    rotten.unlink()
    with pytest.raises(CommandError, match=f"{image.sha256} is missing"):
        check(backups)


def test_a_dump_that_rotted_is_found(backups):
    [dump] = backups.glob("snapshots/*/database.dump")
    dump.write_bytes(dump.read_bytes()[:-1] + b"!")
    with pytest.raises(CommandError, match=r"database\.dump is damaged or missing"):
        check(backups)


def test_an_encrypted_one_needs_its_key(tmp_path, settings, user, ask):
    key, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    settings.BACKUP_RECIPIENTS = [str(key.to_public())]
    ask(user)
    call_command("backup", str(tmp_path / "backups"), stdout=StringIO())
    with pytest.raises(CommandError, match="name the key with --identity FILE"):
        check(tmp_path / "backups")
    file = tmp_path / "key.txt"
    file.write_text(f"# created: today\n{other}\n")
    with pytest.raises(CommandError, match="cannot be decrypted"):
        check(tmp_path / "backups", identity=file)
    file.write_text(f"# created: today\n{key}\n")
    assert "can be restored: 1 pictures" in check(tmp_path / "backups", identity=file)
    rotten = next(path for path in tmp_path.glob("backups/objects/*/*") if path.is_file())
    rotten.write_bytes(rotten.read_bytes()[:-1] + b"!")
    with pytest.raises(CommandError, match=f"{rotten.name} cannot be decrypted: decryption error"):
        check(tmp_path / "backups", identity=file)


def test_a_folder_without_backups_says_so(tmp_path):
    with pytest.raises(CommandError, match="holds no backups"):
        check(tmp_path)
