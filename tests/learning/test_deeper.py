"""A network of its own, from "Train deeper" to an answer of it."""

import numpy as np

from learning import trainings
from learning.background import Cancelled
from learning.training import deeper
from learning.work import deepen
from predictions import services
from predictions.inference.store import ModelStore
from predictions.queueing.clearing import delete_files
from predictions.registry.ownership import delete_classifier
from predictions.registry.roles import Changes
from tests.learning.teaching import teach, upload, waste
from tests.predictions.in_process import answer


def test_a_tuned_network_answers_with_its_head(user, work, monkeypatch, settings):
    monkeypatch.setattr(deeper, "EPOCHS", 1)
    monkeypatch.setattr(deeper, "VARIATIONS", 1)
    classifier = teach(user, cardboard=5, glass=5)
    training = trainings.start(user, classifier, deeper=True)
    work()
    training.refresh_from_db()
    assert (training.status, training.error) == ("done", "")
    manifest = training.version.manifest
    assert manifest["backbone"]["name"] == classifier.name
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


def test_the_pictures_are_not_all_held_in_memory(user, work, monkeypatch):
    seen = []

    def stop(backbone, store, pixels, *args, **kwargs):
        seen.append((type(pixels), len(pixels), pixels.any(axis=(1, 2, 3)).all()))
        raise Cancelled

    monkeypatch.setattr(deepen, "fine_tune", stop)
    trainings.start(user, teach(user, cardboard=5, glass=5), deeper=True)
    work()
    assert seen == [(np.memmap, 10, True)]


def test_too_few_pictures_for_it_are_told(user, work):
    training = trainings.start(user, teach(user, cardboard=5, glass=3), deeper=True)
    work()
    training.refresh_from_db()
    assert training.status == "failed"
    assert "4 pictures" in training.error
