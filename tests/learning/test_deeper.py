"""A larger network, tuned where that helps, from "Train deeper" to an answer of it."""

from dataclasses import dataclass

import numpy as np
import pytest

from learning import trainings
from learning.background import Cancelled
from learning.training import deeper
from learning.training.learn import Learned
from learning.work import deepen
from learning.work.train import Made, better
from predictions import services
from predictions.inference.store import ModelStore
from predictions.queueing.clearing import delete_files
from predictions.registry.ownership import delete_classifier
from predictions.registry.roles import Changes
from tests.learning.teaching import teach, upload, waste
from tests.predictions.in_process import answer


@pytest.fixture
def quick(monkeypatch, lite2):
    """The larger network is tuned a little."""
    monkeypatch.setattr(deeper, "EPOCHS", 1)
    monkeypatch.setattr(deeper, "VARIATIONS", 1)


def test_what_was_trained_deeper_answers_with_its_head(user, work, quick, settings):
    classifier = teach(user, cardboard=5, glass=5)
    training = trainings.start(user, classifier, deeper=True)
    work()
    training.refresh_from_db()
    assert (training.status, training.error) == ("done", "")
    manifest = training.version.manifest
    assert manifest["architecture"] == "efficientnet-lite2"
    assert manifest["feature_size"] == 1368
    # A network of its own is kept only if the head stands on it.
    own = {one.version for one in ModelStore(settings.MODEL_STORE).versions(classifier.name)}
    backbone = manifest["backbone"]
    stands_on = {backbone["version"]} if backbone["name"] == classifier.name else set()
    assert own == {manifest["version"]} | stands_on
    assert training.outcomes.count() == 10
    Changes(actor=user).promote(training.version)
    [path] = waste("glass", 12)[-1:]
    prediction = services.request_prediction(user, upload(path), classifier=classifier.name)
    answer([prediction.inference])
    prediction.inference.refresh_from_db()
    assert prediction.inference.class_key in ("cardboard", "glass", "none-of-these")
    delete_classifier(classifier)
    delete_files()
    assert not ModelStore(settings.MODEL_STORE).versions(classifier.name)


@pytest.mark.parametrize(("given", "most"), [(5, 9), (3, deepen.MOST)], ids=["many", "few"])
def test_with_too_many_or_few_pictures_to_tune_it_the_larger_network_stays_as_it_is(
    user, work, lite2, monkeypatch, settings, given, most
):
    monkeypatch.setattr(deepen, "MOST", most)
    classifier = teach(user, cardboard=5, glass=given)
    training = trainings.start(user, classifier, deeper=True)
    work()
    training.refresh_from_db()
    assert (training.status, training.error) == ("done", "")
    assert training.version.manifest["backbone"]["name"] == "efficientnet-lite2"
    [stored] = ModelStore(settings.MODEL_STORE).versions(classifier.name)
    assert stored.version == training.version.manifest["version"]


@pytest.mark.parametrize(("tuned", "wins"), [(7, False), (8, False), (9, True)])
def test_a_tuned_network_is_taken_if_it_was_right_more_often(tuned, wins):
    @dataclass
    class Figures:
        right: int

    def made(right):
        learned = Learned(head=None, figures=Figures(right), parameters={}, out_of_fold=None)
        return Made(samples=None, learned=learned, backbone=None, network=None)

    both = made(8), made(tuned)
    assert better(*both) is both[wins]


def test_the_pictures_are_not_all_held_in_memory(user, work, quick, monkeypatch):
    seen = []

    def stop(backbone, store, pixels, *args, **kwargs):
        seen.append((type(pixels), len(pixels), pixels.any(axis=(1, 2, 3)).all()))
        raise Cancelled

    monkeypatch.setattr(deepen, "fine_tune", stop)
    trainings.start(user, teach(user, cardboard=5, glass=5), deeper=True)
    work()
    assert seen == [(np.memmap, 10, True)]
