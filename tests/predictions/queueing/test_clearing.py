"""Deleted classifiers: their files go, and their rows once nobody has an answer of them."""

import pytest
from django.conf import settings

from predictions import services
from predictions.classifiers import Classifier, LabelSet, ModelVersion
from predictions.inference.store import ModelStore
from predictions.models import Inference, Prediction
from predictions.queueing.clearing import delete_files, delete_rows
from predictions.registry.ownership import delete_classifier, new_classifier, share
from predictions.registry.roles import Changes
from tests.pictures import upload
from tests.predictions.heads import add_colours
from tests.predictions.in_process import answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(user, model):
    return new_classifier(user, "Blue things")


@pytest.fixture
def version(model, own):
    version = add_colours(model, own)
    Changes().promote(version)
    return version


@pytest.fixture
def ask_own(own, version):
    def ask_own(user, *, answered=True):
        with upload("coffee.png") as file:
            asked = services.request_prediction(user, file, classifier=own.name)
        if answered:
            answer([asked.inference])
        return asked

    return ask_own


def is_stored(version):
    folder = ModelStore(settings.MODEL_STORE).path(
        version.manifest["name"], version.manifest["version"]
    )
    return folder.exists()


def test_files_and_rows_go_if_nobody_has_an_answer(own, version, model):
    assert is_stored(version)
    delete_classifier(own)
    delete_files()
    assert not is_stored(version)
    assert is_stored(model)  # the network that its head has read
    delete_rows()
    assert not Classifier.everything.filter(pk=own.pk).exists()
    assert not LabelSet.objects.filter(pk=version.label_set_id).exists()
    assert LabelSet.objects.filter(pk=model.label_set_id).exists()


def test_answers_keep_the_rows_until_the_last_of_them_is_deleted(own, version, ask_own, make_user):
    grace = make_user("grace@example.com")
    share(own, grace)
    asked = ask_own(grace)
    delete_classifier(own)
    delete_files()
    delete_rows()
    assert not is_stored(version)
    assert Prediction.objects.get().inference.model_version == version
    asked.delete()
    delete_rows()
    assert not ModelVersion.objects.filter(pk=version.pk).exists()
    assert not Inference.objects.exists()


def test_a_picture_that_waits_is_still_answered(own, version, ask_own, user):
    waiting = ask_own(user, answered=False)
    delete_classifier(own)
    delete_files()
    assert is_stored(version)
    answer([waiting.inference])
    delete_files()
    assert not is_stored(version)


def test_files_that_another_classifier_has_too_stay_until_that_goes(own, version, user, model):
    twin = new_classifier(user, "Twin")
    other = add_colours(model, twin)
    assert other.manifest == version.manifest
    delete_classifier(own)
    delete_files()
    assert is_stored(version)
    delete_classifier(twin)
    delete_files()
    assert not is_stored(version)


def test_what_is_not_deleted_stays(own, version):
    delete_files()
    delete_rows()
    assert is_stored(version)
    assert ModelVersion.objects.filter(pk=version.pk).exists()
