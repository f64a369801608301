"""The vectors of pictures come with the statement that saves their answers."""

import pytest
from django.core.cache import cache
from django.db import connection

from predictions.models import Inference, Prediction
from predictions.queueing import jobs, shadows
from predictions.registry.named import names
from predictions.registry.networks import Network
from predictions.registry.predictors import answering
from predictions.similar.models import Vector
from tests.pictures import shades
from tests.predictions.client import predict
from tests.predictions.heads import add_imagenet_head
from tests.predictions.in_process import answer
from tests.predictions.versions import promote

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(api, model):
    """Inferences of four pictures that wait."""
    cache.clear()
    for file in shades(4):
        predict(api, file, "respond-async")
    return list(Inference.objects.select_related("image").order_by("pk"))


def image_ids():
    return set(Vector.objects.values_list("image_id", flat=True))


def test_a_batch_costs_no_further_statement(asked, model, django_assert_num_queries):
    answering(model.pk).load()
    names.of(model.pk)  # as metrics call it, which is asked once a minute
    # Who is running, and on what; the answers with their vectors.
    with django_assert_num_queries(2):
        answer(asked)
    assert image_ids() == {inference.image_id for inference in asked}
    assert Vector.objects.filter(network=str(Network.seeing(model)), is_indexed=False).count() == 4


def test_with_shadows_a_batch_costs_no_further_statement_either(
    asked, model, monkeypatch, django_assert_num_queries
):
    head = add_imagenet_head(model)
    monkeypatch.setattr(shadows.known, "by_classifier", {model.classifier_id: [head.pk]})
    answering(model.pk).load()
    answering(head.pk).load()
    names.of(model.pk)
    with django_assert_num_queries(2):
        answer(asked)
    assert Inference.objects.filter(status="done").count() == 8
    assert Vector.objects.count() == 4  # a head sees with the same network


def test_the_vector_is_what_the_network_saw(asked, model):
    answer(asked[:1])
    asked[0].refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("SELECT embedding::text FROM similar_vector")
        [[text]] = cursor.fetchall()
    vector = [float(number) for number in text.strip("[]").split(",")]
    features = memoryview(bytes(asked[0].features)).cast("f")
    dot = sum(a * b for a, b in zip(vector, features, strict=True))
    lengths = sum(a * a for a in vector) * sum(b * b for b in features)
    assert dot / lengths**0.5 > 0.9999


def test_what_another_version_on_the_network_says_adds_no_second_vector(asked, api, model):
    answer(asked[:1])
    promote(add_imagenet_head(model))
    predict(api, shades(1)[0], "respond-async")
    again = Inference.objects.select_related("image").get(status="queued", image=asked[0].image_id)
    answer([again])
    assert Vector.objects.count() == 1


def test_features_without_a_direction_leave_the_answer_without_a_vector(asked, model):
    ranking = [{"label": "espresso", "synset": "n07920052", "score": 0.9}]
    odd = [bytes(16), b"", b"\0\0\xc0\x7f" * 4, b"\0\0\x80\x3f" * 4]  # zeros, none, NaN, ones
    answers = [
        jobs.Answer(inference.pk, ranking, features, "some network", {})
        for inference, features in zip(asked, odd, strict=True)
    ]
    jobs.save_answers(answers)
    assert Inference.objects.filter(status="done").count() == 4
    assert image_ids() == {asked[3].image_id}


@pytest.mark.django_db(transaction=True)
def test_a_deleted_picture_takes_its_vector_with_it(asked):
    answer(asked)
    Prediction.objects.filter(image=asked[0].image_id).delete()
    assert image_ids() == {inference.image_id for inference in asked[1:]}


def test_without_the_table_answers_are_saved_all_the_same(asked, without_vectors):
    answer(asked)
    assert Inference.objects.filter(status="done").count() == 4
