import os
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from learning.models import Archive
from predictions.models import Image, Prediction
from predictions.pictures import sweeping
from predictions.pictures.sweeping import Swept
from predictions.pictures.thumbnails import path
from predictions.queueing import tidying
from predictions.queueing.queue import queues
from predictions.registry.ownership import new_classifier

pytestmark = pytest.mark.django_db
DAY = "images/2026/01/02"
NOBODYS = f"{DAY}/{'0' * 32}-1b2c3d4e.jpeg"
TWO_DAYS = 2 * 86_400


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    """Other tests leave files behind."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def swept_never():
    queues()[0].connection.delete(tidying.SWEPT, tidying.FOLDERS)
    yield
    queues()[0].connection.delete(tidying.SWEPT, tidying.FOLDERS)


def make_old(name):
    then = time.time() - TWO_DAYS
    os.utime(default_storage.path(name), (then, then))


def leave(name, content=b"12345", *, old=True):
    default_storage.save(name, ContentFile(content))
    if old:
        make_old(name)
    return name


@pytest.fixture
def kept(user, ask, page):
    """An old picture of somebody, with its small copy; the names of both."""
    prediction = ask(user)
    page.get(f"/history/{prediction.pk}/thumbnail/240")
    names = [str(prediction.image.file), path(str(prediction.image.file), 240)]
    for name in names:
        make_old(name)
    return names


def sweep_all():
    for _ in range(100):
        tidying.sweep_now_and_then()
        if queues()[0].connection.exists(tidying.SWEPT):
            return
    raise AssertionError("It does not come to an end.")


def exist(*names):
    return [default_storage.exists(name) for name in names]


def test_what_no_row_names_goes_and_what_one_names_stays(kept, caplog):
    beside = [
        leave(f"{os.path.dirname(kept[0])}/{'1' * 32}-1b2c3d4e.jpeg"),
        leave(f"{os.path.dirname(kept[1])}/{'1' * 32}-1b2c3d4e-240.webp"),
    ]
    caplog.set_level("INFO")
    sweep_all()
    assert exist(NOBODYS, *beside) == [False] * 3
    assert exist(*kept) == [True, True]
    assert f"Deleted {beside[0]}, which belongs to no row" in caplog.text


def test_pieces_of_killed_processes_go(kept):
    piece = leave(f"{kept[0]}.0123456789abcdef0123456789abcdef.part")
    sweep_all()
    assert exist(piece, *kept) == [False, True, True]


def test_a_second_copy_of_a_stored_picture_goes(kept):
    """Two processes stored it at the same moment, and one was killed."""
    md5 = Image.objects.get().md5
    other = leave(f"{DAY}/{md5}-99999999.png")
    sweep_all()
    assert exist(other, *kept) == [False, True, True]


def test_a_file_of_today_stays(kept):
    young = leave(NOBODYS, old=False)
    sweep_all()
    assert exist(young) == [True]


def test_files_outside_its_folders_stay(kept):
    others = [leave("notes.txt"), leave("lost+found/x"), leave(".data-set-x.part")]
    sweep_all()
    assert exist(*others) == [True] * 3


def test_pictures_without_an_md5_in_their_name_are_found_too(kept):
    demo, small = leave("images/demo/001.jpeg"), leave("thumbnails/demo/001-240.webp")
    Image.objects.update(file=demo)
    sweep_all()
    assert exist(demo, small, *kept) == [True, True, False, False]


def test_archives_stay_while_their_row_is_there(kept, user):
    mine = leave("archives/2026/01/02/mine.zip")
    other = leave("archives/2026/01/02/other.zip")
    classifier = new_classifier(user, "Cups")
    Archive.objects.create(classifier=classifier, started_by=user, file=mine)
    sweep_all()
    assert exist(mine, other) == [True, False]


def test_a_file_of_a_picture_that_expired_goes(kept):
    """Its process was killed between the row and the file."""
    Image.objects.update(file_deleted_at="2026-01-01T00:00Z")
    sweep_all()
    assert exist(*kept) == [False, False]


def test_most_of_a_folder_is_only_named_because_the_database_may_be_another(kept, caplog):
    many = [leave(f"{DAY}/{number:032}-1b2c3d4e.jpeg") for number in range(30)]
    sweep_all()
    assert exist(*many) == [True] * 30
    assert f"30 of 30 files in {DAY} belong to no row." in caplog.text
    out = StringIO()
    call_command("sweep", "--dry-run", stdout=out)
    assert out.getvalue() == "30 files would be deleted, 150 bytes.\n"
    assert exist(*many) == [True] * 30
    call_command("sweep", stdout=out)
    assert out.getvalue().endswith("30 files deleted, 150 bytes.\n")
    assert exist(*many) == [False] * 30
    assert exist(*kept) == [True, True]


def test_an_empty_database_deletes_nothing(kept):
    Prediction.everything.all().delete()
    left = leave(NOBODYS)
    tidying.sweep_now_and_then()
    assert exist(left) == [True]
    with pytest.raises(CommandError, match="no predictions"):
        call_command("sweep")


def test_a_file_that_the_disk_does_not_give_up_is_named_and_the_others_go(
    kept, monkeypatch, caplog
):
    stuck, other = leave(NOBODYS), leave(f"{DAY}/{'2' * 32}-1b2c3d4e.jpeg")
    unlink = os.remove

    def refuse(name, **options):
        if Path(name).name == Path(stuck).name:
            raise PermissionError(f"not {name}")
        unlink(name, **options)

    monkeypatch.setattr(os, "remove", refuse)
    assert sweeping.sweep(DAY) == (Swept(1, 5), [])
    assert exist(stuck, other) == [True, False]
    assert f"{stuck} cannot be deleted" in caplog.text


def test_a_worker_sweeps_once_a_day_and_a_little_at_a_time(kept, monkeypatch):
    monkeypatch.setattr(tidying, "SWEEP_SECONDS", 0)
    connection = queues()[0].connection
    left = leave(NOBODYS)
    tidying.sweep_now_and_then()
    assert exist(left) == [True] and connection.llen(tidying.FOLDERS)
    monkeypatch.undo()
    sweep_all()
    assert 0 < connection.ttl(tidying.SWEPT) <= tidying.SWEEP_EVERY
    left = leave(NOBODYS)
    tidying.sweep_now_and_then()
    assert exist(left) == [True]
