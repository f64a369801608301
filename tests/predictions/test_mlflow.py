"""Versions and roles in MLflow, as a real server of it has them."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from predictions.mlflow.client import connect
from predictions.mlflow.models import Pending
from predictions.registry.roles import Changes
from tests.mlflow_server import mlflow_server
from tests.predictions.heads import add_imagenet_head
from tests.predictions.versions import promote

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


def prepare(name, **options):
    output = io.StringIO()
    call_command("prepare_model", name, stdout=output, **options)
    return output.getvalue()


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


def test_an_attempt_that_was_cut_short_goes_on_in_its_run(mlflow, model, server):
    head = add_imagenet_head(model, 5)
    experiment = mlflow.get_experiment_by_name("image-classification")
    tags = {"version": str(head), "classifier": "imagenet"}
    run = mlflow.create_run(experiment.experiment_id, tags=tags)
    mlflow.log_param(run.info.run_id, "title", head.title)
    sync()
    [found] = mlflow.search_model_versions("name = 'imagenet'")
    assert found.run_id == run.info.run_id
