"""`pip install ./client`, and the Python of docs/client.md."""

import os
import re
import shutil
import subprocess
import sys

from tests.client.conftest import PASSWORD
from tests.conftest import PROJECT
from tests.pictures import IMAGES


def test_it_installs_without_the_service(tmp_path):
    source = tmp_path / "client"
    # pip writes beside what it builds.
    shutil.copytree(
        PROJECT / "client", source, ignore=shutil.ignore_patterns("build", "*.egg-info")
    )
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--no-index", "--target", tmp_path / "there", source], check=True)
    ran = subprocess.run(
        [tmp_path / "there/bin/classify", "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "there")},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "classify photo.jpg holiday/" in ran.stdout
    assert (tmp_path / "there/classifier_client/py.typed").exists()


def test_the_documented_example_works(worker, live_server, person, tmp_path):
    document = (PROJECT / "docs" / "client.md").read_text()
    (example,) = re.findall(r"^```python\n(.*?)^```$", document, re.M | re.S)
    assert (person.email, PASSWORD) == ("ada@example.com", "correct horse")
    shutil.copy(IMAGES / "coffee.png", tmp_path)
    ran = subprocess.run(
        [sys.executable, "-c", example.replace("https://pictures.example", live_server.url)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT / "client")},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.fullmatch(r"espresso 0\.\d+\n", ran.stdout)
    assert person.feedback.get().label == "cup"
