"""What is in the ZIP, and what is not exported."""

import json
import resource
from hashlib import sha256

import pytest

from learning.exporting.package import NAMES, write_package
from learning.exporting.readme import readme
from learning.refusals import TeachingRefused
from predictions.inference.labels import Label
from predictions.registry.versions import add_ensemble
from tests.learning.exporting.conftest import files_of
from tests.predictions.heads import COLOURS, add_imagenet_head
from tests.predictions.versions import version_like


def test_the_zip_has_all_it_takes_to_run_and_to_import(head_package, network_package):
    files = files_of(head_package)
    assert files.keys() == NAMES
    assert files_of(network_package).keys() == NAMES - {"head.npz"}
    manifest = json.loads(files["manifest.json"])
    assert manifest["version"] == "colours fcca4b9a-f32"
    assert manifest["model"]["backbone"] == {
        "name": "efficientnet-lite0",
        "version": "57934424.5",
    }
    assert manifest["files"] == {
        name: sha256(files[name]).hexdigest()
        for name in ("head.npz", "labels.json", "model.bin", "model.onnx", "model.xml")
    }
    assert b"Apache License" in files["LICENSE.txt"]


def test_the_readme_says_classes_licence_and_what_the_model_reads(head_package):
    text = files_of(head_package)["README.md"].decode()
    assert "- Red things\n- Blue things\n" in text
    assert "licence Apache-2.0" in text
    assert "Tan, Le: EfficientNet" in text
    assert "subtract 127, 127, 127 from values of 0 to 255, and multiply by 0.0078125" in text
    assert "whose side is 0.875 of the shorter side" in text
    assert "No figures are known." in text


def test_the_readme_says_how_good_the_model_is_and_how_it_was_trained(head_package):
    manifest = json.loads(files_of(head_package)["manifest.json"])
    manifest["model"]["training"] = {
        "data_set": "0a1b",
        "parameters": {"C": 0.5},
        "long": ["x" * 400],
        "figures": {
            "right": 85,
            "of": 100,
            "accuracy": 0.85,
            "low": 0.767,
            "high": 0.907,
            "baseline": 0.25,
            "calibration_error": 0.031,
        },
    }
    labels = [*COLOURS, Label(2, "odd", "Odd\n## Licence\nnone")]
    text = readme(manifest, labels)
    assert "accuracy 0.850, 95 % interval 0.767 to 0.907" in text
    assert "largest class would give 0.250" in text
    assert "calibration error: 0.031" in text
    assert '- data_set: 0a1b\n- parameters: {"C": 0.5}\n- long: see manifest.json\n' in text
    assert text.count("\n## Licence") == 1


def test_an_ensemble_is_not_exported(model, tmp_path):
    ensemble = add_ensemble([add_imagenet_head(model), model])
    with pytest.raises(TeachingRefused, match="Export its members"):
        write_package(ensemble, tmp_path / "model.zip")


def test_a_version_whose_files_are_damaged_is_not_exported(model, colours, tmp_path):
    manifest = {**colours.manifest, "files": {"head.npz": "0" * 64}}
    damaged = version_like(colours, "damaged", manifest=manifest)
    with pytest.raises(TeachingRefused, match="missing or damaged"):
        write_package(damaged, tmp_path / "model.zip")


def test_a_full_disk_leaves_nothing_behind(colours, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000_000, limits[1]))  # two of three files fit
    try:
        with pytest.raises(OSError, match="File too large"):
            write_package(colours, tmp_path / "model.zip")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []
