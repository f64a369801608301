"""`doctor` finds a model that is missing, damaged or wrong."""

import os
import shutil
import sys

import numpy as np
import pytest

from classifier_site.operations.doctor import (
    models,
)
from classifier_site.operations.doctor.findings import Severity
from predictions.classifiers import ModelVersion
from predictions.inference.store import Manifest, file_hash
from predictions.registry.engines import engine_of
from tests.operations.doctor.finding import one
from tests.predictions.versions import without_champion

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(model, settings, tmp_path):
    """The folder of the version that answers, to be damaged."""
    settings.MODEL_STORE = shutil.copytree(settings.MODEL_STORE, tmp_path / "models")
    engine_of.cache_clear()  # what other tests have loaded is whole
    yield settings.MODEL_STORE / model.manifest["name"] / model.manifest["version"]
    engine_of.cache_clear()


def test_a_wrong_hash_of_a_model_file(store):
    assert list(models.files()) == []
    with (store / "model.bin").open("r+b") as file:
        file.write(b"damaged")
    found = one(models.files, "efficientnet-lite0", "are damaged: a hash")
    assert "prepare_model efficientnet-lite0" in found.do


def test_a_model_that_is_not_on_this_machine(store):
    shutil.rmtree(store)
    one(models.files, "not on this machine")
    one(models.answer, "cannot be loaded")


def test_a_model_that_gives_a_wrong_answer(store, model):
    """Its files are as they were made, and say something else."""
    assert list(models.answer()) == []
    wrong = shutil.copytree(store, store.with_name("biased"))
    biases = np.zeros(1000, np.float32)  # the last of its weights, one for each class
    biases[0] = 99
    with (wrong / "model.bin").open("r+b") as file:
        file.seek(-biases.nbytes, os.SEEK_END)
        file.write(biases.tobytes())
    said = model.manifest | {"version": wrong.name}
    said["files"] = {name: file_hash(wrong / name, "sha256") for name in said["files"]}
    Manifest(**said).write(wrong)
    ModelVersion.objects.filter(pk=model.pk).update(manifest=said)
    assert list(models.files()) == []
    found = one(models.answer, "gives wrong answers", "takes a cup of coffee for tench")
    assert "manage.py models list" in found.do


def test_a_machine_without_the_engine_is_told_where_it_is(model, monkeypatch):
    """As the container of the site."""
    monkeypatch.setitem(sys.modules, "openvino", None)
    [found] = models.answer()
    assert found.severity == Severity.NOTE and "run --rm worker" in found.says


def test_no_model_that_answers(model):
    without_champion(model)
    found = one(models.champion, "No model answers")
    assert "prepare_model auto" in found.do
    assert list(models.answer()) == []
