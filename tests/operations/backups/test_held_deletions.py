"""While a backup copies files, none that the database names is deleted; afterwards it is."""

import pytest

from foundation.storage.holding import Held, deletions_held
from predictions.classifiers import Classifier
from predictions.models import Image
from predictions.pictures.deletion import delete_if_orphaned
from predictions.queueing import clearing

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_deleted_picture_keeps_its_file_until_the_backup_is_made(user, ask):
    prediction = ask(user)
    file = prediction.image.file
    with deletions_held() as still_held:
        prediction.delete()
        assert file.storage.exists(file.name)
        assert Image.objects.exists()
        still_held()
    delete_if_orphaned(prediction.image_id)  # as a worker does each hour
    assert not file.storage.exists(file.name)
    assert not Image.objects.exists()


def test_files_of_a_deleted_classifier_stay_until_the_backup_is_made(user, model):
    classifier = Classifier.objects.create(name="mushrooms", title="Mushrooms", owner=user)
    Classifier.everything.filter(pk=classifier.pk).update(deleted_at=classifier.created_at)

    def files_are_gone():
        clearing.delete_files()
        return Classifier.everything.get(pk=classifier.pk).files_deleted_at is not None

    with deletions_held():
        assert not files_are_gone()
    assert files_are_gone()


def test_a_second_backup_waits_for_the_first_and_gives_up(monkeypatch, db):
    monkeypatch.setattr("foundation.storage.holding.PATIENCE", "10ms")
    with deletions_held(), pytest.raises(Held), deletions_held():
        pass
