"""Several versions answer for one picture: shadows, heads of one backbone, ensembles."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.db import connection, transaction
from prometheus_client import REGISTRY

from predictions.inference.labels import labels
from predictions.models import Image, Inference, Prediction
from predictions.pictures.uploads import PictureUpload
from predictions.queueing import shadows
from predictions.queueing.decoding import decode
from predictions.queueing.jobs import Answer
from predictions.queueing.queue import get_queue
from predictions.queueing.shadows import ShadowAnswer
from predictions.queueing.turns import NOBODY, job_id_for
from predictions.registry.engines import engine_of
from predictions.registry.named import names
from predictions.registry.networks import Network
from predictions.registry.predictors import answering
from predictions.registry.roles import Changes
from predictions.registry.versions import NotAnEnsemble, add_ensemble
from predictions.services import request_prediction
from tests.pictures import photograph
from tests.predictions.client import predict
from tests.predictions.heads import add_colours, add_imagenet_head
from tests.predictions.in_process import answer
from tests.predictions.versions import promote, version_like

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shadows_are_read_again():
    yield
    shadows.known.by_classifier = {}


@pytest.fixture
def runs():
    """Called, it says how many runs of a network there were in this test, of how many pictures."""

    def read():
        return [
            REGISTRY.get_sample_value(f"ml_batch_size_{what}") or 0.0 for what in ("count", "sum")
        ]

    before = read()
    return lambda: [now - then for now, then in zip(read(), before, strict=True)]


def ask(api):
    predict(api, prefer="respond-async")
    return list(Inference.objects.select_related("image"))


def test_a_shadow_that_reads_the_same_network_answers_with_the_champion(
    api, model, runs, django_assert_num_queries
):
    shadow = add_imagenet_head(model)
    Changes().shadow(shadow)
    shadows.read()
    inferences = ask(api)
    for version in (model, shadow):
        answering(version.pk).load()
    names.of(model.pk)  # as metrics call it, which is asked once a minute
    with django_assert_num_queries(2):
        answer(inferences)
    assert runs() == [1, 1]
    said = Inference.objects.get(model_version=shadow)
    assert said.status == "done"
    assert said.image == inferences[0].image
    assert len(said.ranking) == 20
    assert (said.label, said.class_key) == (said.ranking[0]["label"], said.ranking[0]["synset"])
    champion = Inference.objects.get(model_version=model)
    assert bytes(said.features) == bytes(champion.features)
    assert not said.predictions.exists()


def test_a_shadow_with_another_network_is_asked_among_the_bulk_work(api, model, own_redis):
    shadow = version_like(model, "shadow", precision="bf16")
    Changes().shadow(shadow)
    shadows.read()
    answer(ask(api))
    waiting = Inference.objects.get(model_version=shadow)
    assert waiting.status == "queued"
    bulk = get_queue("bulk")
    assert bulk.job_ids == [str(waiting.job_id)]
    assert bulk.jobs[0].args == [waiting.pk, waiting.image.file.name, shadow.pk]


def test_shadows_are_not_asked_about_the_pictures_of_a_comparison(api, model):
    Changes().shadow(add_imagenet_head(model))
    shadows.read()
    [inference] = ask(api)
    inference.job_id = job_id_for(NOBODY)
    answer([inference])
    assert Inference.objects.get().status == "done"


def test_shadows_that_need_another_network_are_a_sample_once_many_wait(
    api, model, own_redis, settings
):
    Changes().shadow(version_like(model, "shadow", precision="bf16"))
    shadows.read()
    inferences = ask(api)
    settings.QUEUE_LIMIT_PER_PERSON = 0
    answer(inferences)
    assert Inference.objects.get().status == "done"


def test_a_shadow_that_cannot_answer_disturbs_nobody(api, model, own_redis, caplog):
    broken = add_imagenet_head(model, seed=2)
    Changes().shadow(broken)
    broken.manifest["version"] = "gone"
    broken.save(update_fields=["manifest"])
    shadows.read()
    answer(ask(api))
    answered = Inference.objects.get()  # nor is the shadow asked again, to fail for each picture
    assert (answered.model_version, answered.status) == (model, "done")
    assert f"The shadow {broken.pk} does not answer" in caplog.text


def test_a_picture_deleted_while_its_answer_is_saved_leaves_no_shadow(api, model, own_redis):
    """Its deletion has locked it when the worker's statement comes."""
    ranking = [{"label": "espresso", "synset": "n07920052", "score": 0.9}]
    shadow = ShadowAnswer(add_imagenet_head(model).pk, ranking, b"")
    [inference] = ask(api)

    def save():
        try:
            shadows.save_answers([Answer(inference.pk, ranking, b"", "", {}, [shadow])], {})
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as worker:
        with transaction.atomic(), connection.cursor() as cursor:
            image = Image.objects.select_for_update().get()
            saved = worker.submit(save)
            deadline, waits = time.monotonic() + 10, False
            while not waits and time.monotonic() < deadline:
                cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
                [waits] = cursor.fetchone()
            assert waits
            Prediction.objects.all().delete()
            image.delete()
        saved.result(timeout=10)
    assert not Inference.objects.exists()


def test_versions_that_share_a_backbone_run_it_once_for_a_picture(api, model, runs):
    heads = [add_imagenet_head(model, seed) for seed in (1, 2)]
    [first] = ask(api)
    others = [Inference.objects.create(image=first.image, model_version=head) for head in heads]
    answer([first, *others])
    assert runs() == [1, 1]
    assert Inference.objects.filter(status="done").count() == 3
    assert len({inference.score for inference in Inference.objects.all()}) == 3


@pytest.mark.parametrize("weights", [None, [3.0, 1.0]])
def test_an_ensemble_answers_with_the_mean(api, model, weights):
    head = add_imagenet_head(model)
    ensemble = add_ensemble([model, head], weights)
    [inference] = ask(api)
    together = Inference.objects.create(image=inference.image, model_version=ensemble)
    answer([inference, together])
    together.refresh_from_db()

    with inference.image.file.open("rb") as file:
        pixels = decode(inference.image.file.name, file.read(), [ensemble.pk])
    network = Network.of(model)
    engine = engine_of(network)
    probabilities, features = engine.predict(pixels.by_recipe[engine.recipe.name][None])
    mine = answering(head.pk).predictor.head.probabilities(features)
    first, second = weights or [1.0, 1.0]
    expected = (first * probabilities + second * mine)[0] / (first + second)
    by_key = {label.key: expected[label.index] for label in labels()}
    assert len(together.ranking) == 20
    for entry in together.ranking:
        assert entry["score"] == pytest.approx(by_key[entry["synset"]], abs=1e-6)
    assert together.score == pytest.approx(float(np.max(expected)), abs=1e-6)


def test_an_ensemble_is_the_same_version_when_it_is_made_again(model):
    head = add_imagenet_head(model)
    assert add_ensemble([model, head]) == add_ensemble([model, head])
    assert add_ensemble([model, head], [2.0, 1.0]) != add_ensemble([model, head])


def test_what_cannot_be_averaged_is_refused(model):
    head, colours = add_imagenet_head(model), add_colours(model)
    other_labels = version_like(model, "other", label_set=colours.label_set)
    ensemble = add_ensemble([model, head])
    for versions, weights, why in [
        ([model], None, "two or more different"),
        ([model, model], None, "two or more different"),
        ([model, colours], None, "belong to one classifier"),
        ([model, other_labels], None, "the same labels"),
        ([model, ensemble], None, "not made of ensembles"),
        ([model, head], [1.0], "one weight for each"),
        ([model, head], [1.0, -1.0], "greater than zero"),
        ([model, head], [1.0, float("nan")], "greater than zero"),
    ]:
        with pytest.raises(NotAnEnsemble, match=why):
            add_ensemble(versions, weights)


def test_a_classifier_of_its_own_answers_with_its_own_classes(api, user, model):
    promote(add_colours(model))
    content = photograph().read()
    prediction = request_prediction(
        user, PictureUpload.of(content, "coffee.png"), classifier="colours"
    )
    answer([prediction.inference])
    inference = Inference.objects.get()
    assert inference.class_key in ("red", "blue")
    assert inference.label == {"red": "Red things", "blue": "Blue things"}[inference.class_key]
    assert [set(entry) for entry in inference.ranking] == [{"label", "synset", "score", "key"}] * 2
    assert inference.ranking[0]["synset"] == ""
