"""A version that cannot answer fails its own pictures: those of other versions are answered."""

import shutil

import pytest
from django.conf import settings
from django.db import connection

from predictions.classifiers import ModelVersion
from predictions.inference.errors import ModelNotPrepared
from predictions.models import Inference
from predictions.queueing.queue import BULK, RESULT_TTL, enqueue, get_queue
from predictions.queueing.turns import NOBODY, job_id_for
from predictions.registry.engines import engine_of
from predictions.registry.networks import Network
from predictions.registry.predictors import load_what_answers
from predictions.registry.roles import Changes
from tests.pictures import shades
from tests.predictions.client import send_many, states
from tests.predictions.versions import version_like


@pytest.fixture
def damaged(model):
    """A challenger whose files were damaged after it got its role."""
    folder = settings.MODEL_STORE / model.name / model.manifest["version"]
    copy = folder.with_name("damaged")
    shutil.copytree(folder, copy)
    version = version_like(model, "damaged", manifest={**model.manifest, "version": copy.name})
    Changes().challenge(version, 1)
    (copy / "model.bin").write_bytes(b"cut off")
    yield version
    shutil.rmtree(copy)


def asked_too(inference, version):
    """The same picture, about which another version is asked among the bulk work."""
    asked = Inference.objects.create(
        image=inference.image, model_version=version, job_id=job_id_for(NOBODY)
    )
    enqueue(asked, BULK, work=1)
    return asked


def test_a_version_without_files_fails_without_the_worker_or_another_version(
    api, model, own_redis, run_worker
):
    gone = version_like(model, "gone", manifest={**model.manifest, "version": "gone"})
    Changes().retire(gone)
    [address] = send_many(api, shades(1))
    asked = asked_too(Inference.objects.get(), gone)
    for job_id, version_id in [("a", 10**9), ("b", "x")]:  # of no version at all
        get_queue(BULK).enqueue(
            "nobody.knows", asked.pk, asked.image.file.name, version_id, job_id=job_id
        )
    run_worker()
    assert states(api, [address]) == ["done"]
    assert Inference.objects.get(image=asked.image, model_version=model).attempts == 1
    asked.refresh_from_db()
    assert asked.status == "failed"
    # Nobody waits for its job; of those of shadows there may be one for each picture.
    assert 0 < get_queue(BULK).connection.ttl(f"rq:job:{asked.job_id}") <= RESULT_TTL


def test_a_damaged_challenger_keeps_no_worker_from_starting(
    api, model, damaged, own_redis, run_worker
):
    [address] = send_many(api, shades(1))
    assert f"The challenger {damaged.pk} cannot answer here" in run_worker()
    assert states(api, [address]) == ["done"]


@pytest.mark.django_db
def test_a_version_that_is_deleted_while_a_worker_looks_does_not_end_it(model):
    gone = version_like(model, "gone", role=ModelVersion.Role.CHALLENGER)
    looked = []

    def delete_what_was_found(execute, sql, *rest):
        found = execute(sql, *rest)
        if not looked:
            looked.append(sql)
            gone.delete()
        return found

    engine_of.cache_clear()
    with connection.execute_wrapper(delete_what_was_found):
        load_what_answers()
    assert "predictions_modelversion" in looked[0]
    assert not ModelVersion.objects.filter(version="gone").exists()
    assert engine_of.cache_info().currsize == 1  # the champion's


@pytest.mark.django_db
def test_a_damaged_champion_is_named(model, damaged):
    Changes().retire(damaged)
    load_what_answers()
    with pytest.raises(ModelNotPrepared, match="damaged cannot be loaded"):
        engine_of(Network.of(damaged))
