"""What the chart renders of its six files of values."""

from functools import cache
from typing import Any

import yaml

from tests.deploy.kubernetes import CHART, helm

VALUES = sorted(path.name for path in (CHART / "ci").glob("*-values.yaml"))

Document = dict[str, Any]


@cache
def rendered(values: str, *more: str) -> list[Document]:
    """The documents of a release called `photos`; with further arguments for helm."""
    done = helm("template", "photos", ".", "--namespace", "ml", "-f", f"ci/{values}", *more)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def find(documents: list[Document], kind: str, name: str) -> Document:
    [found] = [
        each for each in documents if each["kind"] == kind and each["metadata"]["name"] == name
    ]
    return found


def pods(documents: list[Document]) -> dict[str, Document]:
    """The spec of the pods of each component."""
    found = {}
    for document in documents:
        template = document
        if document["kind"] == "CronJob":
            template = document["spec"]["jobTemplate"]["spec"]["template"]
        elif document["kind"] in {"Deployment", "Job", "StatefulSet"}:
            template = document["spec"]["template"]
        elif document["kind"] != "Pod":
            continue
        labels = template["metadata"]["labels"]
        found[labels["app.kubernetes.io/component"]] = template["spec"]
    return found
