"""How many SQL statements a picture costs: exact, so that one more is noticed."""

import pytest
from django.core.cache import cache

from predictions.models import Inference
from predictions.registry import routing
from predictions.registry.named import names
from predictions.registry.predictors import answering
from tests.pictures import photograph, picture
from tests.predictions.client import predict
from tests.predictions.heads import add_colours
from tests.predictions.in_process import answer
from tests.predictions.versions import promote


@pytest.fixture(autouse=True)
def young_process() -> None:
    """One that has not met any picture."""
    cache.clear()


@pytest.mark.django_db(transaction=True)
def test_a_new_picture_costs_two_statements(api, model, django_assert_num_queries):
    # Who; all three rows at once.
    with django_assert_num_queries(2):
        assert predict(api, prefer="respond-async").status_code == 202


@pytest.mark.django_db(transaction=True)
def test_another_classifier_costs_no_further_statement(api, model, django_assert_num_queries):
    promote(add_colours(model))
    routing.forget("colours")
    routing.roles_of("colours")
    with django_assert_num_queries(2):
        sent = api.post(
            "/model/predict?model=colours",
            {"file": photograph()},
            format="multipart",
            HTTP_PREFER="respond-async",
        )
    assert sent.json()["model"]["classifier"] == "colours"


@pytest.mark.django_db(transaction=True)
def test_waiting_for_an_answer_costs_no_further_statement(api, worker, django_assert_num_queries):
    # The answer comes with the wake-up, not from another look into the database.
    with django_assert_num_queries(2):
        assert predict(api).json()["cached"] is False


def test_a_known_picture_costs_three_statements(api, user, ask, django_assert_num_queries):
    ask(user)
    # Who; what is known of it; the prediction.
    with django_assert_num_queries(3):
        assert predict(api).json()["cached"] is True


def test_a_picture_known_to_another_process_costs_four_statements(
    api, user, ask, media, django_assert_num_queries
):
    ask(user)
    files = media()
    cache.clear()
    # Who; that it is not new after all; what is known of it; the prediction.
    with django_assert_num_queries(4):
        assert predict(api).json()["cached"] is True
    assert media() == files != []


@pytest.mark.django_db(transaction=True)
def test_a_batch_of_sixteen_pictures_costs_two_statements(api, model, django_assert_num_queries):
    for shade in range(16):
        predict(api, picture((0, 0, shade), f"{shade}.png"), "respond-async")
    inferences = list(Inference.objects.select_related("image"))
    # Who is running, and on what; the answers. (And the version, once in a worker's life, and what
    # metrics call it, once a minute.)
    answering(model.pk).load()
    names.of(model.pk)
    with django_assert_num_queries(2):
        answer(inferences)
    assert Inference.objects.filter(status="done").count() == 16
