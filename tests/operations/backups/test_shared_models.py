"""Backups of a machine whose models are in the bucket, and not all of them here."""

from io import StringIO

import pytest
from django.core.management import call_command

from tests.operations.backups.installation import Installation
from tests.predictions.heads import add_colours
from tests.s3_server import BUCKET, SITE

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_other_machines_have_shared_is_backed_up_and_restored(
    model, user, ask, media_in_s3, s3_server, s3_prefix, settings, tmp_path
):
    call_command("prepare_model", "efficientnet-lite0", stdout=StringIO())
    add_colours(model)
    shared = set(media_in_s3())
    ask(user)
    settings.MODEL_STORE = tmp_path / "models-of-this-machine"
    folder = str(tmp_path / "backups")
    call_command("backup", folder, stdout=(said := StringIO()))
    assert "Backed up 1 pictures" in said.getvalue() and "missing" not in said.getvalue()
    assert not settings.MODEL_STORE.exists()

    service, prefix = Installation(tmp_path, tmp_path), f"{s3_prefix}-moved"
    service.create_database()
    # A restore that was interrupted, or another machine, has put a model there.
    s3_server.admin.put_object(Bucket=BUCKET, Key=f"{prefix}/models/other/1/manifest.json")
    try:
        service.manage("restore", folder, MEDIA_URL=s3_server.url(prefix), **SITE)
    finally:
        service.destroy()
    restored = s3_server.names(prefix)
    assert [name for name in restored if name.startswith("images/")]
    assert {name for name in restored if name.startswith("models/")} == {
        *shared,
        "models/other/1/manifest.json",
    }
