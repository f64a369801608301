"""deploy/smoke.py, which a deployment is checked with, against a real site with a worker."""

import os
import subprocess
import sys

import pytest
from django.contrib.auth import get_user_model

from feedback.models import Feedback
from predictions.models import Prediction
from tests.conftest import PROJECT
from tests.ports import free_port


@pytest.fixture(scope="module")
def site(serve):
    return serve(HTTPS="0", THROTTLE_SIGNUP="", THROTTLE_LOGIN="")


def smoke(*arguments, **variables):
    """Run by a Python that sees none of our packages."""
    return subprocess.run(
        [sys.executable, "-I", str(PROJECT / "deploy" / "smoke.py"), *arguments],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_site_that_works_passes_and_keeps_nothing(site, worker):
    done = smoke(site, "--sign-up")
    assert (done.returncode, done.stderr) == (0, "")
    steps = ("healthy", "signed in", "classified: espresso", "feedback given", "pages work")
    for line, step in zip(done.stdout.splitlines(), steps, strict=True):
        assert line.startswith(step)
    assert not get_user_model().objects.exists()
    assert not Prediction.everything.exists()


def test_an_account_of_ours_stays_and_its_prediction_goes(site, worker, user):
    user.set_password("correct horse battery")
    user.save()
    done = smoke(site, SMOKE_EMAIL=user.email, SMOKE_PASSWORD="correct horse battery")
    assert done.returncode == 0, done.stderr
    assert get_user_model().objects.get() == user
    assert not Prediction.everything.exists()
    assert Feedback.objects.get().correct


def test_a_wrong_password_fails_in_a_sentence_without_it(site, worker, user):
    done = smoke(site, SMOKE_EMAIL=user.email, SMOKE_PASSWORD="hush-hush")
    assert done.returncode == 1
    assert done.stderr.startswith("POST /login answers 401 instead of 200: ")
    assert "hush-hush" not in done.stderr


def test_a_site_that_does_not_answer_fails_in_a_sentence(db):
    done = smoke(f"http://127.0.0.1:{free_port()}", "--sign-up", "--seconds", "0")
    assert done.returncode == 1
    assert done.stderr.startswith("Not healthy within 0 seconds. http://127.0.0.1:")
    assert "Traceback" not in done.stderr


def test_without_an_account_it_says_what_to_set(db):
    done = smoke("http://127.0.0.1:1")
    assert done.returncode == 2
    assert "set SMOKE_EMAIL and SMOKE_PASSWORD" in done.stderr
