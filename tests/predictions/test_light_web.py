"""The web process stays small: only workers load what classifies."""

import subprocess
import sys

import pytest

from tests.conftest import PROJECT

pytestmark = pytest.mark.django_db  # else there is no database when this file runs alone

SERVE_EVERY_ADDRESS = """
import sys
import classifier_site.wsgi
from django.urls import get_resolver

def resolve(resolver):
    for pattern in resolver.url_patterns:
        resolve(pattern) if hasattr(pattern, "url_patterns") else pattern.callback

resolve(get_resolver())
print(*{name.partition(".")[0] for name in sys.modules})
"""


def test_the_web_process_loads_no_engine_no_numpy_and_no_mlflow(environment):
    done = subprocess.run(
        [sys.executable, "-c", SERVE_EVERY_ADDRESS],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "predictions" in loaded
    assert not loaded & {"tensorflow", "keras", "openvino", "numpy", "pyarrow", "scipy", "h5py"}
