"""Which version answers whom."""

from collections import Counter
from uuid import uuid4

import pytest

from predictions.models import Inference
from predictions.registry import routing
from predictions.registry.roles import Changes
from predictions.registry.routing import bucket_of
from tests.predictions.client import predict
from tests.predictions.versions import promote, version_like

pytestmark = pytest.mark.django_db


def roles_now():
    routing.forget("imagenet")
    return routing.roles_of()


@pytest.mark.parametrize("share", [1, 10, 50, 99])
def test_a_challenger_answers_its_share_of_the_people_exactly(model, share):
    Changes().challenge(version_like(model, "b"), share)
    roles = roles_now()
    answered = Counter(roles.version_for(pk).version for pk in range(10_000))
    assert answered["b"] / 100 == share


def test_shares_are_near_for_accounts_with_gaps(model):
    Changes().challenge(version_like(model, "b"), 50)
    roles = roles_now()
    answered = Counter(roles.version_for(3 * pk).version for pk in range(10_000))
    # The experiment has another key each time: four standard deviations, 100 * sqrt(0.25 / 10_000)
    assert 48 <= answered["b"] / 100 <= 52


def test_nobody_changes_version_when_a_share_grows_or_another_challenger_comes(model):
    people = range(1000)
    first, second = version_like(model, "b"), version_like(model, "c")
    Changes().challenge(first, 10)
    before = {pk: roles_now().version_for(pk) for pk in people}
    Changes().challenge(second, 30)
    Changes().challenge(first, 20)
    roles = roles_now()
    assert {pk: roles.version_for(pk) for pk in people if before[pk] == first} == {
        pk: first for pk in people if before[pk] == first
    }
    answered = Counter(roles.version_for(pk).version for pk in people)
    assert (answered["b"], answered["c"]) == (200, 300)
    Changes().retire(first)
    roles = roles_now()
    assert Counter(roles.version_for(pk).version for pk in people)["c"] == 300


def test_another_experiment_draws_other_people():
    first, second = uuid4(), uuid4()
    together = [bucket_of(first, pk) < 50 and bucket_of(second, pk) < 50 for pk in range(10_000)]
    assert 2200 < sum(together) < 2800


def test_a_change_is_noticed_with_the_next_picture(api, model):
    newer = version_like(model, "b")
    routing.roles_of()
    promote(newer)
    assert predict(api, prefer="respond-async").status_code == 202
    assert Inference.objects.get().model_version == newer
    promote(model)
    predict(api, prefer="respond-async")  # the same picture, which is stored by now
    assert Inference.objects.latest("pk").model_version == model


def test_a_person_who_drew_the_challenger_is_answered_by_it(api, user, model):
    challenger = version_like(model, "b")
    Changes().challenge(challenger, 100)
    answer = predict(api, prefer="respond-async").json()
    assert answer["model"]["version"] == "b"
