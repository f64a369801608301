"""The lines that /docs shows do what they say."""

import os
import subprocess
import sys

import pytest

from accounts import tokens
from classifier_site.code_samples import SAMPLES
from feedback.models import Feedback
from predictions.models import Prediction
from tests.pictures import IMAGES

GIVEN = {
    "bash": "set -euo pipefail",
    "python": """
import os, requests
SITE, TOKEN, ID = (os.environ[name] for name in ("SITE", "TOKEN", "ID"))
headers = {"Authorization": f"Bearer {TOKEN}"}
""",
}
RUN = {"bash": ["bash", "-c"], "python": [sys.executable, "-c"]}


@pytest.fixture
def run(live_server, worker, user, ask):
    """Runs one of them, as somebody who has a token and an answered picture; its output."""
    user.email = "ada@example.com"
    user.set_password("correct horse")
    user.save()
    environment = {
        **os.environ,
        "SITE": live_server.url,
        "TOKEN": tokens.issue(user, "script", ["predict", "read", "feedback"]),
        "ID": str(ask(user).pk),
    }

    def run(name, language):
        code = f"{GIVEN[language]}\n{SAMPLES[name][language]}"
        if name == "login" and language == "python":
            code += "\nprint(TOKEN)"
        ran = subprocess.run(
            [*RUN[language], code],
            cwd=IMAGES,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return run


@pytest.mark.parametrize("language", RUN)
def test_the_samples_do_what_they_say(run, language):
    assert run("login", language).startswith("eyJ")
    assert "espresso" in run("predict", language)
    assert run("predictions_create", language).count("/model/predictions/") >= 2
    assert Prediction.objects.count() == 4
    assert "espresso" in run("predictions_list", language)
    run("predictions_feedback", language)
    assert Feedback.objects.get().correct is True


def test_the_samples_stand_in_the_schema(client, db):
    paths = client.get("/schema?format=json").json()["paths"]
    shown = paths["/model/predict"]["post"]["description"]
    for language, code in SAMPLES["predict"].items():
        assert f"```{language}\n{code.strip()}\n```" in shown
    known = {operation["operationId"] for path in paths.values() for operation in path.values()}
    assert set(SAMPLES) <= known
