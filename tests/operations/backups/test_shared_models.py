"""Backups of a machine whose models are in the bucket, and not all of them here."""

from io import StringIO

import pytest
from django.core.management import call_command

from predictions.registry.model_store import model_store
from tests.operations.backups.installation import Installation
from tests.predictions.heads import add_colours
from tests.s3_server import SITE

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_other_machines_have_shared_is_backed_up_and_restored(
    model, user, ask, media_in_s3, s3_server, settings, tmp_path
):
    call_command("prepare_model", "efficientnet-lite0", stdout=StringIO())
    colours = add_colours(model).manifest
    shared = set(media_in_s3())
    ask(user)
    settings.MODEL_STORE = tmp_path / "models-of-this-machine"
    folder = str(tmp_path / "backups")
    call_command("backup", folder, stdout=(said := StringIO()))
    assert "Backed up 1 pictures" in said.getvalue() and "missing" not in said.getvalue()
    assert not settings.MODEL_STORE.exists()

    service = Installation(tmp_path, tmp_path)
    service.create_database()
    try:
        # As after a restore that was interrupted: it has put models there, and no picture yet.
        moved = {"MEDIA_URL": s3_server.url(f"{tmp_path.name}-moved"), **SITE}
        service.manage("restore", folder, **moved)
        service.manage("restore", folder, "--replace", **moved)
    finally:
        service.destroy()
    restored = s3_server.names(f"{tmp_path.name}-moved")
    assert shared <= set(restored)
    assert [name for name in restored if name.startswith("images/")]
    assert model_store().shared.places() == {
        (colours["name"], colours["version"]),
        (model.name, model.manifest["version"]),
    }
