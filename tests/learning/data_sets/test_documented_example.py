"""The example of docs/data-sets.md, as it stands there."""

import os
import re
import subprocess
import sys
import zipfile

from accounts import tokens
from tests.conftest import PROJECT


def test_it_exports_a_data_set(live_server, training_worker, reviewed, staff, tmp_path):
    reviewed(1), reviewed(2), reviewed(3, agrees=False)
    document = (PROJECT / "docs" / "data-sets.md").read_text()
    section = document.partition("## Over the API")[2]
    (example,) = re.findall(r"^```python\n(.*?)^```$", section, re.M | re.S)
    (tmp_path / "export.py").write_text(example)
    ran = subprocess.run(
        [sys.executable, "export.py", "imagenet", "data-set.zip"],
        cwd=tmp_path,
        env={
            **os.environ,
            "SITE": live_server.url,
            "TOKEN": tokens.issue(staff, "script", ["data-sets"]),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("2 pictures; 1 left out without consent, 0 lost\n"), ran.stdout
    names = zipfile.ZipFile(tmp_path / "data-set.zip").namelist()
    assert len([name for name in names if name.endswith(".png")]) == 2
