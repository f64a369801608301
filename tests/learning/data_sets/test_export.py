"""Which pictures an export has, and for whom."""

from datetime import date, timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from learning import recovery
from learning.data_sets import selection, writing
from learning.data_sets.models import DataSetExport
from learning.data_sets.splits import split_of
from predictions.models import Prediction
from review.models import Decision, SampledPrediction, monday_of
from tests.learning.data_sets.conftest import ESPRESSO, TABBY, opened
from tests.predictions.heads import add_imagenet_head


def pictures_in(export: DataSetExport) -> set[str]:
    with opened(export) as archive:
        return {name.split("/")[2].partition(".")[0] for name in archive.namelist() if "/" in name}


def hashes(*predictions: Prediction) -> set[str]:
    return {prediction.image.sha256 for prediction in predictions}


def test_pictures_of_people_who_did_not_agree_are_left_out(reviewed, send, export, make_user):
    agreed = reviewed(1)
    reviewed(2, agrees=False)
    reviewed(3)
    send(3, by=make_user("grace@example.com"), agrees=False)
    found = export()
    assert pictures_in(found) == hashes(agreed)
    assert (found.pictures, found.without_consent) == (1, 2)


def test_nobody_is_asked_where_consent_is_given_by_other_means(reviewed, export, settings):
    settings.DATA_SET_CONSENT = "given"
    agreed, silent = reviewed(1), reviewed(2, agrees=False)
    found = export()
    assert pictures_in(found) == hashes(agreed, silent)
    assert found.without_consent == 0


def test_a_deleted_picture_is_in_no_later_export(reviewed, export):
    kept, trashed, deleted = reviewed(1), reviewed(2), reviewed(3)
    assert pictures_in(export()) == hashes(kept, trashed, deleted)
    Prediction.objects.filter(pk=trashed.pk).move_to_trash()
    deleted.delete()
    found = export()
    assert pictures_in(found) == hashes(kept)
    assert found.without_consent == 0


def test_a_picture_that_is_not_reviewed_is_in_none(send, export):
    send(1)
    found = export()
    assert (found.status, found.error) == ("failed", writing.NOTHING)


def test_where_nobody_agreed_the_reason_says_how_many_there_are(reviewed, export):
    reviewed(1, agrees=False)
    reviewed(2, agrees=False)
    found = export()
    assert found.status == "failed"
    assert found.says(found.error) == (
        "No picture may be used: the people who sent them have not agreed. Verified: 2."
    )


def test_a_lost_or_damaged_file_is_left_out(reviewed, export):
    kept, lost, damaged = reviewed(1), reviewed(2), reviewed(3)
    default_storage.delete(lost.image.file.name)
    with open(damaged.image.file.path, "ab") as file:
        file.write(b"x")
    found = export()
    assert pictures_in(found) == hashes(kept)
    assert (found.pictures, found.lost) == (1, 2)


def test_where_all_files_are_lost_nothing_is_exported(reviewed, export):
    default_storage.delete(reviewed(1).image.file.name)
    found = export()
    assert (found.status, bool(found.file)) == ("failed", False)
    assert found.says(found.error) == (
        "No picture can be exported: their files are lost or damaged. Pictures: 1."
    )


def test_filters_choose_the_pictures(reviewed, model):
    def chosen(**filters):
        asked_for = selection.asked_for(DataSetExport(classifier=model.classifier, **filters))
        return {decision.image.sha256 for decision in selection.usable(asked_for)}

    old, tabby, cup = reviewed(1), reviewed(2, TABBY), reviewed(3)
    Decision.objects.filter(image=old.image).update(decided_at=timezone.now() - timedelta(days=3))
    today = timezone.now().date()
    yesterday = today - timedelta(days=1)
    assert chosen(class_key=TABBY) == hashes(tabby)
    assert chosen(since=today) == hashes(tabby, cup)
    assert chosen(until=yesterday) == hashes(old)
    assert chosen(since=date.min, until=date.max) == hashes(old, tabby, cup)
    assert chosen(version=model) == hashes(old, tabby, cup)
    assert chosen(version=add_imagenet_head(model)) == set()
    SampledPrediction.objects.create(
        prediction=cup, classifier=model.classifier, week=monday_of(today)
    )
    assert chosen(only_sample=True) == hashes(cup)


def test_a_changed_label_counts_and_no_earlier_one(reviewed, export):
    reviewed(1, TABBY)
    reviewed(1, ESPRESSO)
    with opened(export()) as archive:
        (name,) = [name for name in archive.namelist() if "/" in name]
    assert name.split("/")[1] == ESPRESSO


def test_a_file_is_kept_for_a_day(reviewed, export):
    reviewed(1)
    found = export()
    name = found.file.name
    recovery.recover()
    assert default_storage.exists(name)
    DataSetExport.objects.update(created_at=timezone.now() - timedelta(days=2))
    recovery.recover()
    assert not default_storage.exists(name)
    assert not DataSetExport.objects.exists()


def test_who_lost_the_right_meanwhile_gets_nothing(reviewed, export, staff):
    reviewed(1)
    staff.is_staff = False
    staff.save()
    found = export()
    assert found.status == "cancelled"
    assert not found.file


def test_more_than_half_of_the_free_disk_is_not_taken(reviewed, export, monkeypatch):
    reviewed(1)
    size = Prediction.objects.get().image.size
    usage = writing.disk_usage(".")
    monkeypatch.setattr(writing, "disk_usage", lambda _: usage._replace(free=2 * size - 1))
    found = export()
    assert found.says(found.error).startswith("The pictures take 0 MB")


@pytest.mark.parametrize(
    ("sha256", "split"),
    [
        ("00000000", "train"),
        ("cccccccc", "train"),
        ("cccccccd", "validation"),
        ("e6666666", "validation"),
        ("e6666667", "test"),
        ("ffffffff", "test"),
    ],
)
def test_the_split_follows_from_the_hash_alone(sha256, split):
    assert split_of(sha256 + 56 * "0") == split
