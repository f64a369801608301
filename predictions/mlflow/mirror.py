"""What MLflow has of a classifier: a registered model of its name, with a model version and a run
for each version that was added, and the aliases `champion` and `challenger`.

MLflow itself is asked what it has, by a tag, so all of this can be done again at any time.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING

from predictions.classifiers import Classifier, ModelVersion
from predictions.inference.store import MANIFEST_FILE, Manifest
from predictions.mlflow.client import MlflowUnusable
from predictions.registry.model_store import model_store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

EXPERIMENT = "image-classification"
FOLDER = "model"  # of a run's artifacts
ALIASES = (ModelVersion.Role.CHAMPION, ModelVersion.Role.CHALLENGER)
LONGEST_PARAMETER = 6000  # characters; MLflow refuses more


def set_aliases(client: "MlflowClient", classifier: Classifier) -> None:
    """Makes them those of today, and logs whatever has a role and is not there yet."""
    put_model(client, classifier)
    numbers: dict[str, str] = {}
    # An alias names one version: of several challengers the one with the most people, or the older.
    answering = classifier.versions.exclude(role=ModelVersion.Role.RETIRED)
    for version in sorted(answering, key=lambda version: (-version.share, version.pk)):
        numbers.setdefault(version.role, log_version(client, version))
    has = client.get_registered_model(classifier.name).aliases
    for alias in ALIASES:
        if alias not in numbers and alias in has:
            client.delete_registered_model_alias(classifier.name, alias)
        elif alias in numbers and has.get(alias) != numbers[alias]:
            client.set_registered_model_alias(classifier.name, alias, numbers[alias])


def log_version(client: "MlflowClient", version: ModelVersion) -> str:
    """Its number there; it is logged if MLflow does not have it."""
    name = version.classifier.name
    found = client.search_model_versions(f"name = '{name}' and {tagged(version)}")
    if found:
        return str(found[0].version)
    put_model(client, version.classifier)
    run = run_of(client, version)
    log(client, run.info.run_id, version)
    logged = client.create_model_version(
        name,
        source=f"{run.info.artifact_uri}/{FOLDER}",
        run_id=run.info.run_id,
        tags=tags_of(version),
        await_creation_for=0,
    )
    client.set_terminated(run.info.run_id)
    return str(logged.version)


def put_model(client: "MlflowClient", classifier: Classifier) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(classifier.name, tags={"title": classifier.title})
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def run_of(client: "MlflowClient", version: ModelVersion) -> "Run":
    """A new one, or that of an attempt before, which did not come to its end."""
    experiment = client.get_experiment_by_name(EXPERIMENT)
    experiment_id = (
        client.create_experiment(EXPERIMENT) if experiment is None else experiment.experiment_id
    )
    tags = tags_of(version) | {"classifier": version.classifier.name}
    begun = f"{tagged(version)} and tags.classifier = '{tags['classifier']}'"
    found = client.search_runs([experiment_id], f"{begun} and attributes.status = 'RUNNING'")
    return found[0] if found else client.create_run(experiment_id, tags=tags, run_name=str(version))


def log(client: "MlflowClient", run_id: str, version: ModelVersion) -> None:
    """Files as artifacts, with the manifest; what the manifest says as parameters and metrics.

    Raises MlflowUnusable if the files are not as they were.
    """
    from mlflow.entities import Metric, Param

    # An ensemble has no files of its own.
    manifest = Manifest(**version.manifest)
    store = model_store()
    if not store.is_intact(manifest):
        raise MlflowUnusable(f"The files of {version} are missing or damaged in the model store.")
    folder = store.path(manifest.name, manifest.version)
    for name in sorted(manifest.files):
        client.log_artifact(run_id, str(folder / name), FOLDER)
    client.log_dict(run_id, asdict(manifest), f"{FOLDER}/{MANIFEST_FILE}")
    metrics = {name: value for name, value in asdict(manifest).items() if isinstance(value, float)}
    client.log_batch(
        run_id,
        # Of 1970, so that an attempt made again writes the same.
        metrics=[Metric(name, value, 0, 0) for name, value in metrics.items()],
        params=[
            Param(name, str(value)[:LONGEST_PARAMETER])
            for name, value in parameters_of(version).items()
            if name not in metrics
        ],
    )


def parameters_of(version: ModelVersion) -> dict[str, object]:
    said = {"classifier": version.classifier.name, **version.manifest}
    said["precision"] = version.precision
    del said["files"]
    for member in version.members.select_related("version"):
        said[f"member {member.version}"] = member.weight
    return {
        f"{name}.{key}" if key else name: part
        for name, value in said.items()
        for key, part in (value.items() if isinstance(value, dict) else [("", value)])
    }


def tags_of(version: ModelVersion) -> dict[str, str]:
    """`version` is the one here, `stored` what the model store calls it whatever its precision."""
    return {
        "version": str(version),
        "stored": f"{version.manifest['name']} {version.manifest['version']}",
        "precision": version.precision,
    }


def tagged(version: ModelVersion) -> str:
    return f"tags.version = '{tags_of(version)['version']}'"
