""".github: what GitHub would refuse, and what it would let through."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import PROJECT
from tests.operations.programs import find_or_install

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
ACTIONLINT = Path(sys.executable).with_name("actionlint")


def lint(folder):
    """What actionlint says, with ShellCheck for the scripts inside."""
    find_or_install("shellcheck")
    done = subprocess.run(
        [ACTIONLINT, "-oneline", "-no-color", *sorted(folder.glob("*.yml"))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


def jobs():
    for path in WORKFLOWS:
        for name, job in yaml.safe_load(path.read_text())["jobs"].items():
            yield pytest.param(job, id=f"{path.stem}-{name}")


def test_actionlint_is_content():
    assert lint(PROJECT / ".github" / "workflows") == ""


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        ("tests.yml", "runs-on: ubuntu-latest", "runs-on: ubuntu-lates"),
        ("tests.yml", "timeout-minutes: 120", "timeout-minute: 120"),
        ("tests.yml", "matrix.python }}-bookworm", "matrix.pyhton }}-bookworm"),
        ("release.yml", "needs: tests", "needs: test"),
        ("release.yml", "needs.images.outputs.version", "needs.images.outputs.versoin"),
        ("release.yml", "environment: staging", "enviroment: staging"),
        ("release.yml", "< digests.txt", "< digests.txt | read"),
        ("release.yml", 'sign --yes --recursive "$image"', "sign --yes --recursive $image"),
        ("deploy.yml", "inputs.environment", "inputs.enviroment"),
        ("audit.yml", 'cron: "17 5 * * 1"', 'cron: "17 25 * * 1"'),
    ],
)
def test_a_mistake_is_found(tmp_path, file, right, wrong):
    folder = tmp_path / ".github" / "workflows"
    shutil.copytree(PROJECT / ".github" / "workflows", folder)
    (tmp_path / ".git").mkdir()  # by which it knows where workflows of this repository are
    text = (folder / file).read_text()
    assert right in text
    (folder / file).write_text(text.replace(right, wrong, 1))
    assert lint(folder)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_of_others_are_pinned_by_commit_with_their_version(path):
    for action in re.findall(r"uses: (.+)$", path.read_text(), re.M):
        if not action.startswith("./"):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", action)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_nothing_that_a_job_does_not_ask_for(path):
    assert yaml.safe_load(path.read_text())["permissions"] == {}


@pytest.mark.parametrize("job", jobs())
def test_each_job_says_what_it_may_and_when_it_ends(job):
    assert "contents" in job["permissions"]
    assert "uses" in job or job["timeout-minutes"] <= 120


def test_tests_run_on_all_versions_of_python_that_are_promised():
    tests = yaml.safe_load((PROJECT / ".github" / "workflows" / "tests.yml").read_text())
    versions = tests["jobs"]["tests"]["strategy"]["matrix"]["python"]
    promised = (PROJECT / "CONTRIBUTING.md").read_text()
    assert f"Python {', '.join(versions[:-1])} or {versions[-1]}" in promised


def test_a_release_builds_the_images_of_compose():
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"].values()
    targets = {service["build"]["target"] for service in compose if "build" in service}
    bake = (PROJECT / "deploy" / "images.hcl").read_text()
    names = re.search(r"image = \[(.+)\]", bake)[1]
    assert set(re.findall(r'"(\w+)"', names)) == targets
    release = (PROJECT / ".github" / "workflows" / "release.yml").read_text()
    assert f"-eq {len(targets)}" in release  # that all are signed


def test_production_waits_for_staging():
    release = yaml.safe_load((PROJECT / ".github" / "workflows" / "release.yml").read_text())
    assert "staging" in release["jobs"]["production"]["needs"]
    assert "tests" in release["jobs"]["images"]["needs"]
