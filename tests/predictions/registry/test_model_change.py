"""A new model answers new requests; existing answers stay as they are."""

import pytest

from predictions.models import Inference
from tests.predictions.client import predict
from tests.predictions.versions import promote, version_like


@pytest.fixture
def newer(model):
    """The same weights under another version, not yet current."""
    return version_like(model, "newer-f32")


def test_a_new_model_classifies_a_known_picture_again_and_the_old_answer_stays(
    api, worker, model, newer
):
    first = predict(api).json()
    promote(newer)
    second = predict(api).json()
    assert second["cached"] is False
    assert second["model"]["version"] == "newer-f32"
    old = api.get(f"/model/predictions/{first['id']}").json()
    assert old["model"] == first["model"]
    assert (old["model"]["id"], old["model"]["version"]) == (model.pk, model.version)
    assert Inference.objects.count() == 2


def test_the_answer_of_the_old_model_is_known_after_switching_back(api, user, ask, model, newer):
    ask(user)
    promote(newer)
    promote(model)
    answer = predict(api).json()
    assert answer["cached"] is True
    assert answer["model"]["version"] == model.version


def test_a_waiting_picture_is_answered_by_the_model_that_was_current_when_it_was_sent(
    api, model, newer, own_redis, run_worker
):
    address = predict(api, prefer="respond-async")["Location"]
    promote(newer)
    run_worker()
    found = api.get(address).json()
    assert found["status"] == "done"
    assert found["model"]["version"] == model.version
