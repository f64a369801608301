"""`/models/{name}/trainings`: begun, watched, cancelled, and what they say of each example."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from learning.models import Outcome, Training
from predictions.registry.ownership import new_classifier
from tests.learning.teaching import give, waste
from tests.predictions.client import NOBODYS


@pytest.fixture
def taught(user, classifier, address):
    """Two classes with two examples each; the address of the classifier."""
    for name in ("glass", "paper"):
        give(user, classifier, name, waste(name, 2))
    return address


@pytest.fixture
def training(user, classifier, model):
    """One that is done, and says of each of three examples what it is."""
    training = Training.objects.create(
        classifier=classifier, started_by=user, status="done", version=model, examples=3
    )
    for number, (truth, said, suggested) in enumerate(
        [("glass", "glass", ""), ("glass", "paper", "paper"), ("paper", "paper", "")]
    ):
        (example,) = give(user, classifier, truth, waste(said, number + 1)[-1:])
        training.outcomes.create(
            example=example,
            truth=truth,
            said=said,
            suggested=suggested,
            score=0.9,
            score_of_truth=0.9 if truth == said else 0.1,
        )
    return training


def test_a_training_waits_is_listed_and_cancelled(api, taught):
    begun = api.post(f"{taught}/trainings", {"deeper": False})
    assert begun.status_code == 202
    said = begun.json()
    assert (said["status"], said["says"]) == ("queued", "Waiting for its turn")
    assert (said["version"], said["examples"], said["deeper"]) == (None, 0, False)
    assert api.get(f"{taught}/trainings").json() == [said]
    found = api.get(begun["Location"]).json()
    assert (found["figures"], found["comparison"], found["classes"]) == (None, None, [])
    for _ in range(2):
        assert api.delete(begun["Location"]).status_code == 204
    assert api.get(begun["Location"]).json()["status"] == "cancelled"


def test_another_one_at_the_same_time_is_refused(api, taught):
    assert api.post(f"{taught}/trainings").status_code == 202
    refused = api.post(f"{taught}/trainings")
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("A training of this classifier has not finished")


def test_too_little_to_learn_from_is_refused(api, address):
    refused = api.post(f"{address}/trainings")
    assert refused.status_code == 400
    assert refused.json() == {
        "detail": "There is nothing to tell apart: give pictures to two classes at least.",
        "code": "invalid",
    }


def test_one_that_is_done_says_its_classes_and_cannot_be_cancelled(api, address, training):
    place = f"{address}/trainings/{training.pk}"
    found = api.get(place).json()
    assert (found["status"], found["says"], found["version"]) == (
        *("done", ""),
        training.version.pk,
    )
    assert len(found["classes"]) == 1000
    assert found["deleted"] == 0
    assert api.delete(place).status_code == 409


def test_the_hardest_examples_come_first(api, address, training):
    place = f"{address}/trainings/{training.pk}/outcomes"
    hardest, *others = api.get(place).json()
    wrong = Outcome.objects.get(suggested="paper")
    assert hardest == {
        "id": wrong.pk,
        "example": wrong.example_id,
        "truth": "glass",
        "said": "paper",
        "score": 0.9,
        "score_of_truth": 0.1,
        "suggested": "paper",
    }
    page = api.get(f"{place}?limit=1")
    following = page["Link"].partition(">")[0][1:]
    assert [*page.json(), *api.get(following.replace("limit=1", "limit=9")).json()] == [
        *(hardest, *others)
    ]


def test_a_cell_of_the_confusion_matrix_is_asked_for(api, address, training):
    place = f"{address}/trainings/{training.pk}/outcomes"
    assert len(api.get(f"{place}?truth=glass").json()) == 2
    (wrong,) = api.get(f"{place}?truth=glass&said=paper").json()
    assert wrong["suggested"] == "paper"


@pytest.mark.parametrize("change", [{"class": "paper"}, {"confirmed": True}])
def test_a_suspect_that_was_looked_at_is_none_any_more(api, address, training, change):
    place = f"{address}/trainings/{training.pk}/outcomes?suspects=true"
    (suspect,) = api.get(place).json()
    assert api.patch(f"{address}/examples/{suspect['example']}", change).status_code == 200
    assert api.get(place).json() == []


def test_a_deleted_example_is_counted_and_not_named(api, address, training):
    for outcome in Outcome.objects.filter(truth="glass"):
        assert api.delete(f"{address}/examples/{outcome.example_id}").status_code == 204
    place = f"{address}/trainings/{training.pk}"
    assert api.get(place).json()["deleted"] == 2
    assert [one["example"] for one in api.get(f"{place}/outcomes?truth=glass").json()] == [
        *(None, None)
    ]


@pytest.mark.parametrize("cursor", ["cD1hYmM=", "x"])  # the first is p=abc
def test_a_cursor_that_was_made_up_is_refused(api, address, training, cursor):
    refused = api.get(f"{address}/trainings/{training.pk}/outcomes?cursor={cursor}")
    assert (refused.status_code, refused.json()["detail"]) == (404, "Invalid cursor")


def test_a_training_of_another_classifier_is_not_found(api, user, training):
    other = f"/models/{new_classifier(user, 'Other').name}/trainings"
    for place in (
        f"{other}/{training.pk}",
        f"{other}/{NOBODYS}",
        f"{other}/{training.pk}/outcomes",
    ):
        assert api.get(place).status_code == 404


def test_a_program_that_waits_is_answered_when_it_ends(api, taught, work):
    place = api.post(f"{taught}/trainings")["Location"]

    def wait():
        try:
            began = time.monotonic()
            return api.get(place, headers={"Prefer": "wait=30"}), time.monotonic() - began
        finally:
            connections.close_all()

    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(wait)
        time.sleep(0.3)
        assert not waiting.done()
        assert api.delete(place).status_code == 204
        work()
        found, seconds = waiting.result()
    assert (found.json()["status"], found["Preference-Applied"]) == ("cancelled", "wait=30")
    assert seconds < 20


def test_one_that_does_not_end_in_time_is_answered_as_it_is(api, taught):
    place = api.post(f"{taught}/trainings")["Location"]
    found = api.get(place, headers={"Prefer": "wait=1"})
    assert (found.json()["status"], found["Preference-Applied"]) == ("queued", "wait=1")
