"""Each key of each document that the chart renders, mistyped, is found by the validation."""

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.deploy.kubernetes import Refused, validate
from tests.deploy.rendered import VALUES, Document, rendered

# Whose keys are anybody's: names, or parameters of a program.
FREE = {
    *("labels", "annotations", "matchLabels", "nodeSelector", "data", "stringData", "requests"),
    *("limits", "parameters", "Service.spec.selector", "ScaledObject.spec.triggers.metadata"),
}
Path = tuple[str | int, ...]


def names(path: Path) -> str:
    return ".".join(each for each in path if isinstance(each, str))


def keys(value: Any, path: Path) -> Iterator[Path]:
    """The paths of all keys under a value that the kind defines."""
    if path[-1] in FREE or names(path) in FREE:
        return
    if isinstance(value, dict):
        for key, below in value.items():
            yield (*path, key)
            yield from keys(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from keys(below, (*path, index))


@cache
def each_key() -> dict[str, tuple[Document, Path]]:
    """A document and a path for each key of each kind, once."""
    return {
        names(path): (document, path[1:])
        for values in VALUES
        for document in rendered(values)
        for path in keys(document, (document["kind"],))
    }


def with_mistyped(document: Document, path: Path) -> Document:
    mistyped = copy.deepcopy(document)
    holder: Any = mistyped
    for step in path[:-1]:
        holder = holder[step]
    holder[f"{path[-1]}x"] = holder.pop(path[-1])
    return mistyped


KINDS = {
    *("Certificate", "Cluster", "ConfigMap", "CronJob", "Deployment", "HorizontalPodAutoscaler"),
    *("Ingress", "Issuer", "Job", "NetworkPolicy", "PersistentVolumeClaim", "Pod", "PodMonitor"),
    *("PodDisruptionBudget", "PrometheusRule", "ScaledObject", "Secret", "Service"),
    *("ServiceAccount", "ServiceMonitor", "StatefulSet", "TriggerAuthentication"),
}


def is_refused(document: Document) -> bool:
    try:
        validate(document)
    except Refused:
        return True
    return False


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_mistyped_key_is_refused(kind):
    whole = {f"{kind}.apiVersion", f"{kind}.kind"}  # without them it is no document
    tried = {name: at for name, at in each_key().items() if name.startswith(f"{kind}.")}
    assert tried.keys() > whole
    passed = [
        name
        for name, (document, path) in tried.items()
        if name not in whole and not is_refused(with_mistyped(document, path))
    ]
    assert passed == []


def test_all_kinds_are_looked_at():
    assert {name.partition(".")[0] for name in each_key()} == KINDS
