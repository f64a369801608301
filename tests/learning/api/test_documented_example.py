"""The example of docs/learning.md, as it stands there."""

import os
import re
import subprocess
import sys

from accounts import tokens
from predictions.classifiers import Classifier
from tests.conftest import PROJECT
from tests.learning.teaching import WASTE


def test_it_teaches_a_classifier_and_asks_it(live_server, worker, training_worker, user, tmp_path):
    document = (PROJECT / "docs" / "learning.md").read_text()
    (example,) = re.findall(r"^```python\n(.*?)^```$", document, re.M | re.S)
    script = tmp_path / "teach.py"
    script.write_text(example)
    token = tokens.issue(user, "script", ["predict", "teach"])
    ran = subprocess.run(
        [sys.executable, script, WASTE, WASTE / "glass" / "glass30.jpg"],
        env={**os.environ, "SITE": live_server.url, "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.search(r"^\d\d of 36 pictures right$", ran.stdout, re.M), ran.stdout
    assert re.search(r"^glass30\.jpg: glass \([01]\.\d\d\)$", ran.stdout, re.M), ran.stdout
    classifier = Classifier.objects.get(owner=user)
    assert classifier.versions.get().role == "champion"
