"""From examples to a version in use."""

import resource
from datetime import timedelta

import pytest
from django.db.models import F

from learning import trainings
from learning.background import Cancelled
from learning.classes import class_called
from learning.jobs import NO_ROOM
from learning.models import Example, Training
from learning.queue import MOST_WAITING
from learning.refusals import Busy, TeachingRefused
from learning.work import train
from predictions import services
from predictions.inference.store import ModelStore
from predictions.registry.naming import UnknownVersion
from predictions.registry.ownership import new_classifier
from predictions.registry.roles import Changes
from predictions.registry.routing import UnknownClassifier
from tests.learning.teaching import give, teach, upload, waste


def test_a_training_makes_a_version_that_can_be_used(user, work):
    classifier = teach(user, cardboard=8, glass=8)
    training = trainings.start(user, classifier)
    work()
    training.refresh_from_db()
    assert (training.status, training.error, training.examples) == ("done", "", 16)
    assert training.version.classifier == classifier
    assert training.version.role == "retired"
    assert training.version.manifest["training"]["pictures"] == 16
    assert training.outcomes.count() == 16
    assert training.comparison == {}
    Changes(actor=user).promote(training.version)
    prediction = services.request_prediction(
        user, upload(waste("glass")[9]), classifier=classifier.name
    )
    assert prediction.inference.model_version == training.version


def test_one_training_of_a_classifier_at_a_time(user, model):
    classifier = teach(user, cardboard=2, glass=2)
    training = trainings.start(user, classifier)
    with pytest.raises(Busy):
        trainings.start(user, classifier)
    training.cancel()
    assert trainings.start(user, classifier)


def test_one_person_s_trainings_leave_others_their_turn(user, model):
    for number in range(MOST_WAITING):
        Training.objects.create(classifier=new_classifier(user, f"{number}"), started_by=user)
    classifier = teach(user, cardboard=1, glass=1)
    with pytest.raises(Busy, match="trainings have not finished"):
        trainings.start(user, classifier)
    Training.objects.first().cancel()
    assert trainings.start(user, classifier)


def test_it_takes_two_classes_with_pictures(user, model):
    classifier = teach(user, cardboard=2)
    class_called(classifier, "empty")
    with pytest.raises(TeachingRefused, match="nothing to tell apart"):
        trainings.start(user, classifier)


def test_a_version_is_tried_before_it_is_used(user, work, make_user):
    classifier = teach(user, cardboard=6, glass=6)
    training = trainings.start(user, classifier)
    work()
    training.refresh_from_db()
    [path] = waste("paper", 1)
    tried = services.request_prediction(
        user, upload(path), classifier=classifier.name, version=training.version_id
    )
    assert tried.inference.model_version == training.version
    again = services.request_prediction(
        user, upload(path), classifier=classifier.name, version=training.version_id
    )
    assert again.inference == tried.inference
    with pytest.raises(UnknownClassifier):
        services.request_prediction(
            make_user("other@example.com"),
            upload(path),
            classifier=classifier.name,
            version=training.version_id,
        )
    with pytest.raises(UnknownVersion):
        services.request_prediction(
            user, upload(path), classifier=classifier.name, version=training.version_id + 1
        )


def test_a_cancelled_training_makes_no_version(user, work):
    classifier = teach(user, cardboard=4, glass=4)
    training = trainings.start(user, classifier)
    assert training.cancel()
    work()
    training.refresh_from_db()
    assert (training.status, training.version) == ("cancelled", None)
    assert not classifier.versions.exists()


def test_a_training_cancelled_while_it_runs_stops_at_its_next_report(user, transactional_db, model):
    training = trainings.start(user, teach(user, cardboard=4, glass=4))
    Training.objects.update(status="running")
    training.report("features", 1, 8)
    training.cancel()
    with pytest.raises(Cancelled):
        training.report("features", 2, 8)
    with pytest.raises(Cancelled):
        training.finish()
    training.refresh_from_db()
    assert (training.status, training.stage_done) == ("cancelled", 1)


def test_one_cancelled_at_the_last_moment_leaves_no_files(user, work, monkeypatch, settings):
    classifier = teach(user, cardboard=4, glass=4)
    training = trainings.start(user, classifier)
    store_head = train.store_head

    def cancelled_then(*args):
        training.cancel()
        return store_head(*args)

    monkeypatch.setattr(train, "store_head", cancelled_then)
    work()
    assert not classifier.versions.exists()
    assert not ModelStore(settings.MODEL_STORE).versions(classifier.name)


def test_classes_emptied_while_a_training_waits_are_told(user, work):
    classifier = teach(user, cardboard=4, glass=4)
    training = trainings.start(user, classifier)
    Example.objects.filter(taught_class__key="glass").delete()
    work()
    training.refresh_from_db()
    assert training.status == "failed"
    assert "nothing to tell apart" in training.error


def test_pictures_deleted_while_it_learns_are_counted(user, work, monkeypatch):
    """The class is emptied after its pictures were read: what was learned is kept, and said."""
    classifier = teach(user, cardboard=4, glass=4)
    training = trainings.start(user, classifier)
    learn = train.learn

    def learn_while_they_go(*args, **kwargs):
        Example.objects.filter(taught_class__key="glass").delete()
        return learn(*args, **kwargs)

    monkeypatch.setattr(train, "learn", learn_while_they_go)
    work()
    training.refresh_from_db()
    assert (training.status, training.examples, training.deleted) == ("done", 8, 4)


def test_the_next_version_knows_nothing_of_deleted_pictures(user, work):
    classifier = teach(user, cardboard=5, glass=4, paper=4)
    first = trainings.start(user, classifier)
    work()
    Example.objects.filter(taught_class__key="cardboard").first().delete()
    first.refresh_from_db()
    assert (first.examples, first.deleted) == (13, 1)
    second = trainings.start(user, classifier)
    work()
    second.refresh_from_db()
    assert (second.examples, second.deleted) == (12, 0)
    assert second.version != first.version


def test_training_again_is_compared_with_the_version_in_use(user, work):
    classifier = teach(user, cardboard=6, glass=6)
    first = trainings.start(user, classifier)
    work()
    first.refresh_from_db()
    Changes(actor=user).promote(first.version)
    give(user, classifier, "glass", waste("glass")[6:])
    second = trainings.start(user, classifier)
    work()
    second.refresh_from_db()
    compared = second.comparison
    assert compared["with"] == first.version_id
    assert compared["first"]["of"] == compared["second"]["of"] == 18
    assert compared["better"] == ""  # a dozen pictures show no difference


def test_a_full_disk_is_told(user, work, settings):
    """Nothing can be written where models are kept; the training before it is still there."""
    classifier = teach(user, cardboard=4, glass=4)
    training = trainings.start(user, classifier)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        work()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    training.refresh_from_db()
    assert (training.status, training.error) == ("failed", NO_ROOM)
    assert not list(settings.MODEL_STORE.glob(f"{classifier.name}/[!.]*"))
    again = trainings.start(user, classifier)
    work()
    again.refresh_from_db()
    assert again.status == "done"


def test_somebody_who_has_trained_for_long_waits(user, work, settings):
    classifier = teach(user, cardboard=4, glass=4)
    trainings.start(user, classifier)
    work()
    most = timedelta(minutes=settings.TRAINING_MINUTES_PER_DAY)
    Training.objects.update(started_at=F("reported_at") - most)
    with pytest.raises(TeachingRefused, match="last 24 hours"):
        trainings.start(user, classifier)
