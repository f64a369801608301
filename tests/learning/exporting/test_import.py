"""An exported version comes back as a version that answers as it did."""

import shutil

import numpy as np
import pytest

from learning.exporting.importing import import_version
from learning.exporting.package import write_package
from learning.refusals import TeachingRefused
from predictions.classifiers import Classifier
from predictions.inference.heads import add_head
from predictions.registry.engines import engine_of
from predictions.registry.label_sets import labels_of
from predictions.registry.model_store import model_store
from predictions.registry.networks import Network
from predictions.registry.predictors import Output, answering
from predictions.registry.versions import add_version
from tests.learning.exporting.conftest import changed, files_of, packed
from tests.predictions.heads import COLOURS, random_head


def test_an_imported_head_reads_the_network_of_here_and_answers_as_before(
    colours, head_package, target, model
):
    with head_package.open("rb") as file:
        version = import_version(file, target)
    assert (version.classifier, version.role, version.title) == (target, "retired", "Colours")
    assert labels_of(version.label_set_id) == labels_of(colours.label_set_id)
    assert Network.of(version) == Network.of(model)
    features = np.random.default_rng(2).normal(0, 1, (3, 1280)).astype(np.float32)
    output = {Network.of(version): Output(features, features)}
    np.testing.assert_array_equal(
        answering(version.pk).predictor.probabilities(output),
        answering(colours.pk).predictor.probabilities(output),
    )


def test_where_a_head_was_exported_its_import_is_the_same_version(colours, head_package):
    with head_package.open("rb") as file:
        assert import_version(file, colours.classifier) == colours


def test_a_head_needs_no_network_in_its_zip(head_package, target):
    kept = {"head.npz", "labels.json", "manifest.json"}
    files = {name: content for name, content in files_of(head_package).items() if name in kept}
    assert import_version(packed(files), target).classifier == target


def test_the_larger_network_is_prepared_for_a_head_that_reads_it(lite2, target, packages):
    store = model_store()
    head = random_head(2, features=lite2.feature_size)
    deeper = add_version(add_head(store, "deeper", "Deeper", lite2, head, COLOURS), "f32", target)
    package = packages(deeper)
    shutil.rmtree(store.root / lite2.name)
    other = Classifier.objects.create(name="other", title="Other")
    with package.open("rb") as file:
        version = import_version(file, other)
    assert version.manifest["backbone"] == deeper.manifest["backbone"]
    assert store.is_intact(store.get(lite2.name, lite2.version))


def test_figures_of_another_server_are_kept_apart(head_package):
    def claim(files):
        files["manifest.json"] = files["manifest.json"].replace(
            b'"training": {}', b'"training": {"figures": {"accuracy": 1.0}}'
        )

    other = Classifier.objects.create(name="other", title="Other")
    version = import_version(changed(head_package, claim), other)
    assert version.manifest["training"] == {
        "imported": "colours fcca4b9a-f32",
        "there": {"figures": {"accuracy": 1.0}},
    }


def test_a_network_of_its_own_is_taken_from_staff_alone(network_package, target):
    with network_package.open("rb") as file, pytest.raises(TeachingRefused, match="administrator"):
        import_version(file, target)
    assert not target.versions.exists()


def test_an_imported_network_answers_as_before(network_package, target, model, tmp_path):
    with network_package.open("rb") as file:
        version = import_version(file, target, networks=True)
    before, after = engine_of(Network.of(model)), engine_of(Network.of(version))
    assert before is not after
    pixels = np.random.default_rng(3).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    for said, expected in zip(after.predict(pixels), before.predict(pixels), strict=True):
        np.testing.assert_array_equal(said, expected)
    assert version.manifest["licence"] == "Apache-2.0"
    write_package(version, tmp_path / "again.zip")
    assert files_of(tmp_path / "again.zip")["model.bin"] == files_of(network_package)["model.bin"]


def test_with_tensorflow_no_network_can_be_imported(network_package, target, settings):
    settings.CLASSIFIER_ENGINE = "tensorflow"
    with network_package.open("rb") as file, pytest.raises(TeachingRefused, match="OpenVINO"):
        import_version(file, target, networks=True)
