"""Pictures and backups are in S3; all but the backup is destroyed, and nothing is lost."""

import pyrage

from tests.operations.backups.installation import Installation, Person
from tests.operations.backups.test_disaster import ANSWERS
from tests.pictures import picture
from tests.s3_server import BUCKET, SITE, S3Server

COLOURS = [(number * 12, 40, 200) for number in range(20)]


def test_an_installation_whose_pictures_are_in_s3_is_restored_from_s3(
    installation: Installation, s3_server: S3Server, s3_prefix: str, tmp_path
):
    key = pyrage.x25519.Identity.generate()
    (tmp_path / "key.txt").write_text(f"{key}\n")
    backups = s3_server.url(f"{s3_prefix}-backups")
    before, after = f"{s3_prefix}-before", f"{s3_prefix}-after"
    installation.environment |= {
        **SITE,
        "MEDIA_URL": s3_server.url(before),
        "BACKUP_RECIPIENTS": str(key.to_public()),
    }
    with installation.running() as address:
        ada = Person(address, "ada")
        sent = ada.send_all(COLOURS)
        seen = {each: ada.get(each).json() for each in sent}
        answers = installation.rows(ANSWERS.format("ada"))
        assert "Backed up 20 pictures" in installation.manage("backup", backups)
    pictures = {name for name in s3_server.names(before) if name.startswith("images/")}
    assert len(pictures) == 20 and not installation.media.exists()

    installation.destroy()
    for name in s3_server.names(before):
        s3_server.admin.delete_object(Bucket=BUCKET, Key=f"{before}/{name}")
    installation.create_database()
    installation.environment["MEDIA_URL"] = s3_server.url(after)
    said = installation.manage("restore", backups, "--identity", str(tmp_path / "key.txt"))

    assert "Restored the backup of" in said and "20 pictures" in said
    restored = set(s3_server.names(after))
    assert pictures <= restored
    assert [name for name in restored if name.startswith("models/")]
    assert installation.rows(ANSWERS.format("ada")) == answers
    with installation.running() as address:
        ada = Person(address, "ada", is_new=False)
        for prediction, colour in zip(sent, COLOURS, strict=True):
            assert ada.get(prediction).json() == seen[prediction]
            assert ada.get(prediction, "/image").content == picture(colour).read()
        ada.send((1, 2, 3))
    assert not installation.media.exists()
