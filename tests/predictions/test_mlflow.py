"""Versions and roles in MLflow, as a real server of it has them."""

import io
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from predictions.classifiers import Classifier, LabelSet, ModelVersion, RoleChange
from predictions.inference.labels import as_entries
from predictions.inference.store import Manifest, ModelStore
from predictions.mlflow import sending
from predictions.mlflow.client import connect
from predictions.mlflow.models import Pending
from predictions.registry.predictors import answering
from predictions.registry.roles import Changes
from predictions.registry.versions import add_ensemble
from tests.conftest import PROJECT
from tests.mlflow_server import mlflow_server
from tests.predictions.heads import COLOURS, add_colours, add_imagenet_head
from tests.predictions.versions import promote, version_like

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as address:
        yield address


@pytest.fixture
def mlflow(server, settings, model):
    """Its client; without what a test before has registered."""
    settings.MLFLOW_TRACKING_URI = server
    client = connect()
    yield client
    for registered in client.search_registered_models():
        client.delete_registered_model(registered.name)


def sync(*arguments):
    output = io.StringIO()
    call_command("mlflow_sync", *(arguments or ["--once"]), stdout=output)
    return output.getvalue().strip()


def versions(client, name="imagenet"):
    """Its versions there, as they are called here."""
    found = client.search_model_versions(f"name = '{name}'")
    return sorted(version.tags["version"] for version in found)


def aliases(client, name="imagenet"):
    return {
        alias: client.get_model_version(name, number).tags["version"]
        for alias, number in client.get_registered_model(name).aliases.items()
    }


def files_of(client, number, name="imagenet"):
    run = client.get_run(client.get_model_version(name, str(number)).run_id)
    return run, {Path(file.path).name for file in client.list_artifacts(run.info.run_id, "model")}


def test_a_version_is_logged_with_its_files_parameters_and_metrics(mlflow, model):
    head = add_imagenet_head(model)
    assert sync() == "MLflow has been told everything."
    [found] = mlflow.search_model_versions("name = 'imagenet'")
    assert found.tags["version"] == str(head)
    run, files = files_of(mlflow, found.version)
    assert run.info.status == "FINISHED"
    assert files == {"head.npz", "labels.json", "manifest.json"}
    assert run.data.params["weights_sha256"] == head.manifest["weights_sha256"]
    assert run.data.params["backbone.name"] == "efficientnet-lite0"
    assert run.data.metrics == {"parity": head.manifest["parity"]}


def test_aliases_follow_the_roles(mlflow, model):
    challenger, newer = add_imagenet_head(model, 1), add_imagenet_head(model, 2)
    Changes().challenge(challenger, 10)
    promote(newer)
    sync()
    assert aliases(mlflow) == {"champion": str(newer), "challenger": str(challenger)}
    Changes().retire(challenger)
    Changes().rollback(model.classifier)
    sync()
    assert aliases(mlflow) == {"champion": str(model)}
    assert len(versions(mlflow)) == 3


def test_of_several_challengers_the_one_with_most_people_has_the_alias(mlflow, model):
    few, many = add_imagenet_head(model, 1), add_imagenet_head(model, 2)
    Changes().challenge(few, 10)
    Changes().challenge(many, 20)
    sync()
    assert aliases(mlflow)["challenger"] == str(many)


def test_what_is_there_is_not_logged_again(mlflow, model):
    head = add_imagenet_head(model)
    sync()
    Pending.objects.create(classifier=head.classifier, version=head)
    sync()
    assert versions(mlflow) == [str(head)]


def test_of_changes_that_wait_for_one_classifier_the_last_counts(mlflow, model):
    newer = add_imagenet_head(model)
    for version in (newer, model, newer):
        promote(version)
    assert "Waiting for MLflow: 4, since" in sync("--status")
    sync()
    assert aliases(mlflow) == {"champion": str(newer)}


def test_an_attempt_that_was_cut_short_goes_on_in_its_run(mlflow, model, server):
    head = add_imagenet_head(model, 5)
    experiment = mlflow.get_experiment_by_name("image-classification")
    tags = {"version": str(head), "classifier": "imagenet"}
    run = mlflow.create_run(experiment.experiment_id, tags=tags)
    mlflow.log_param(run.info.run_id, "title", head.title)
    sync()
    [found] = mlflow.search_model_versions("name = 'imagenet'")
    assert found.run_id == run.info.run_id


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_one_waits_until_the_other_has_sent(mlflow, model):
    Pending.objects.create(classifier=model.classifier)

    def send():
        try:
            return sending.send_next(connect())
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sending.LOCK])
            other = pool.submit(send)
            with pytest.raises(TimeoutError):
                other.result(timeout=2)
            assert not mlflow.search_registered_models()
        assert other.result()
    assert versions(mlflow) == [str(model)]


def test_files_that_are_not_as_they_were_are_not_logged(mlflow, model):
    manifest = model.manifest | {"files": {"head.npz": "0" * 64}}
    version_like(model, "damaged", manifest=manifest)
    with pytest.raises(CommandError, match="missing or damaged in the model store"):
        sync()
    assert versions(mlflow) == []


def test_an_ensemble_is_logged_by_its_members(mlflow, model):
    ensemble = add_ensemble([model, add_imagenet_head(model)], [1, 3])
    sync()
    [found] = mlflow.search_model_versions(f"tags.version = '{ensemble}'")
    run, files = files_of(mlflow, found.version)
    assert files == {"manifest.json"}
    assert run.data.params[f"member {model}"] == "1.0"


def test_the_process_sends_what_was_missed_and_what_comes(
    transactional_db, mlflow, model, environment, settings, tmp_path
):
    challenger = add_imagenet_head(model)
    Pending.objects.all().delete()  # as if MLflow had not been set then
    env = environment | {"MLFLOW_TRACKING_URI": settings.MLFLOW_TRACKING_URI}
    command = [sys.executable, "manage.py", "mlflow_sync"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=PROJECT, env=env, stdout=log, stderr=log)
    try:
        wait_for(lambda: versions(mlflow) == [str(model)], tmp_path / "log")
        Changes().challenge(challenger, 10)
        wait_for(lambda: len(aliases(mlflow)) == 2, tmp_path / "log")
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(is_so, log):
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.3)


# --- From MLflow -------------------------------------------------------------------------------


def prepare(name, **options):
    output = io.StringIO()
    call_command("prepare_model", name, stdout=output, **options)
    return output.getvalue()


@pytest.fixture
def elsewhere(settings, tmp_path):
    """Makes this another installation, which has nothing yet; returns its model store."""

    def leave():
        RoleChange.objects.all().delete()
        for table in (Pending, ModelVersion, Classifier, LabelSet):
            table.objects.all().delete()
        settings.MODEL_STORE = tmp_path / "models"
        return ModelStore(settings.MODEL_STORE)

    return leave


def test_a_version_is_fetched_by_alias_with_its_labels_and_its_backbone(mlflow, model, elsewhere):
    promote(add_colours(model))
    Pending.objects.create(classifier=model.classifier, version=model)
    sync()
    store = elsewhere()
    assert "New pictures are classified by Colours" in prepare("mlflow:colours@champion")
    fetched = ModelVersion.objects.get()
    assert (fetched.role, fetched.precision) == ("champion", "f32")
    assert (fetched.classifier.name, fetched.classifier.title) == ("colours", "Colours")
    assert fetched.label_set.classes == as_entries(COLOURS)
    assert store.is_intact(Manifest(**fetched.manifest))
    assert store.versions(model.name)[0].files == model.manifest["files"]
    answering(fetched.pk).load()


@pytest.fixture
def head(mlflow, model):
    """A version that MLflow has as its first, and that is no more here."""
    head = add_imagenet_head(model)
    sync()
    shutil.rmtree(folder_of(head))
    ModelVersion.objects.filter(pk=head.pk).delete()
    return head


def folder_of(head):
    return ModelStore(settings.MODEL_STORE).path(head.name, head.manifest["version"])


def test_a_version_fetched_by_number_is_retired_until_it_is_promoted(head):
    assert "is ready. New pictures are still classified by" in prepare("mlflow:imagenet/1")
    fetched = ModelVersion.objects.get(name=head.name)
    assert (str(fetched), fetched.role, fetched.manifest) == (str(head), "retired", head.manifest)
    prepare("mlflow:imagenet/1", promote=True)
    fetched.refresh_from_db()
    assert fetched.role == "champion"


HARMS = {
    "its hash is another. Nothing was kept": {"files": {"labels.json": "0" * 64}},
    "extra.bin": {"files": {"extra.bin": "0" * 64}},
    "names that are not allowed": {"files": {"../labels.json": "0" * 64}},
    "has names that are not allowed": {"version": "../../escaped"},
    "The manifest of imagenet/1 in MLflow has names": {"backbone": {"name": "/", "version": "1"}},
    "is that of another version": {"version": "0123abcd"},
    "no manifest of this service": {"labels": []},
    "imagenet/1 in MLflow has no manifest": {"colour": "blue"},
    "another release of this service, which knows the recipe later": {"recipe": "later"},
    "is an ensemble, which has no files": {"files": {}},
    "is a head on resnet50 1, which neither": {"backbone": {"name": "resnet50", "version": "1"}},
}


@pytest.mark.parametrize(("said", "harm"), HARMS.items(), ids=HARMS)
def test_a_version_that_was_changed_there_is_refused_and_leaves_nothing(head, mlflow, said, harm):
    run_id = mlflow.get_model_version("imagenet", "1").run_id
    changed = head.manifest | harm
    if harm.get("files"):
        changed["files"] = head.manifest["files"] | harm["files"]
    mlflow.log_dict(run_id, changed, "model/manifest.json")
    with pytest.raises(CommandError, match=said) as error:
        prepare("mlflow:imagenet/1")
    assert "\n" not in str(error.value)
    assert not folder_of(head).exists()
    assert not list(folder_of(head).parent.glob(".preparing-*"))
    assert not ModelVersion.objects.filter(name=head.name).exists()


@pytest.mark.parametrize("name", ["imagenet@nobody", "imagenet/99", "unknown@champion"])
def test_what_mlflow_does_not_have_is_said_in_one_sentence(mlflow, name):
    with pytest.raises(CommandError, match=f"MLflow did not give {name}: ") as error:
        prepare(f"mlflow:{name}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["mlflow:imagenet", "mlflow:imagenet/x", "mlflow:a b@champion"])
def test_what_names_no_version_of_mlflow_is_refused(name):
    with pytest.raises(CommandError, match=r"invalid choice: .*mlflow:NAME@ALIAS"):
        prepare(name)
