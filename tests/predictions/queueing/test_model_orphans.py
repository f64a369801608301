"""Models in the bucket whose process was killed before their row was there."""

import shutil
from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command

from foundation.storage.lasting import lasting_storage
from predictions.inference.heads import add_head
from predictions.pictures import sweeping
from predictions.queueing import model_orphans, tidying
from predictions.queueing.queue import queues
from predictions.registry.model_store import model_store
from tests.predictions.heads import COLOURS, add_colours, random_head

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(model, media_in_s3, settings, tmp_path, prepared_models):
    """The objects of a version with a row, and of networks without one; and files of nobody."""
    settings.MODEL_STORE = tmp_path / "store"
    shutil.copytree(prepared_models, settings.MODEL_STORE)
    add_colours(model)
    for name in ("efficientnet-lite0/1-old/manifest.json", "README.txt"):
        lasting_storage.replace(f"models/{name}", ContentFile(b"{}"))
    return media_in_s3()


@pytest.fixture
def orphans(kept, model, media_in_s3):
    """One that was stored whole, and one of which only a file was."""
    store = model_store()
    backbone = store.get(model.name, model.manifest["version"])
    add_head(store, "stored", "Stored", backbone, random_head(2, seed=2), COLOURS)
    lasting_storage.replace(f"models/half/1/{'0' * 64}-head.npz", ContentFile(b"12345"))
    assert len(media_in_s3()) == len(kept) + 4
    return media_in_s3()


@pytest.fixture
def all_are_old(monkeypatch):
    monkeypatch.setattr(sweeping, "AGE", timedelta(seconds=-60))


def test_what_no_row_names_goes_with_the_other_orphans(
    kept, orphans, media_in_s3, all_are_old, user, ask, caplog
):
    caplog.set_level("INFO")
    picture = str(ask(user).image.file)
    queues()[0].connection.delete(tidying.SWEPT, tidying.FOLDERS)
    while not queues()[0].connection.exists(tidying.SWEPT):
        tidying.sweep_now_and_then()
    assert set(media_in_s3()) == {*kept, picture}
    deleted = [record.args[0] for record in caplog.records if "belongs to no row" in record.msg]
    assert {name.split("/")[1] for name in deleted} == {"stored", "half"}
    # First, so that no machine begins to fetch what is going.
    assert next(name for name in deleted if "stored" in name).endswith("/manifest.json")


def test_what_is_not_yet_a_day_old_stays(orphans, media_in_s3):
    assert model_orphans.sweep(trusting=True).files == 0
    assert media_in_s3() == orphans


def test_another_database_costs_no_model(
    kept, media_in_s3, all_are_old, user, ask, monkeypatch, caplog
):
    monkeypatch.setattr(model_orphans, "SUSPICIOUS", 1)
    for name in ("one", "two"):
        lasting_storage.replace(f"models/{name}/1/manifest.json", ContentFile(b"{}"))
    ask(user)
    assert model_orphans.sweep().files == 0
    assert "2 of 3 models" in caplog.text and "manage.py sweep" in caplog.text
    said = StringIO()
    call_command("sweep", "--dry-run", stdout=said)
    assert said.getvalue() == "2 files would be deleted, 4 bytes.\n"
    call_command("sweep", stdout=said)
    assert [name for name in media_in_s3() if name.startswith("models/")] == kept
