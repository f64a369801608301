"""Modules that the web process imports load no heavy library."""

import subprocess
import sys

import pytest

HEAVY = {"numpy", "tensorflow", "keras", "openvino", "torch"}


@pytest.mark.parametrize("module", ["labels", "store", "pictures", "selection"])
def test_modules_of_the_web_process_import_no_numerical_library(module: str) -> None:
    code = f"import sys, predictions.inference.{module}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"predictions.inference.{module}" in run.stdout.split()
    assert not HEAVY & set(run.stdout.split())


def test_the_openvino_engine_does_not_import_tensorflow() -> None:
    code = (
        "import sys, predictions.inference.engines.openvino, predictions.inference.ranking;"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(run.stdout.split()) == {"numpy", "openvino"}
