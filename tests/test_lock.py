"""requirements.lock matches requirements*.txt."""

import re

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import PROJECT

FILES = (
    "requirements.txt",
    "requirements-mlflow.txt",
    "requirements-tracing.txt",
    "requirements-int8.txt",
    "requirements-dev.txt",
    "requirements-bench.txt",
)
LOCK = (PROJECT / "requirements.lock").read_text()
# A package of the lock, the hashes of its files, and who asked for it.
ENTRY = re.compile(
    r"^(?P<package>\S.*?) \\\n(?P<hashes>(?: +--hash=.*\n)+)(?P<via>(?: +#.*\n)+)", re.M
)
MACHINES = [
    {"sys_platform": "linux", "platform_machine": "x86_64"},
    {"sys_platform": "linux", "platform_machine": "aarch64"},
    {"sys_platform": "darwin", "platform_machine": "arm64"},
]


def asked_for() -> list[Requirement]:
    """What people have written."""
    lines = "\n".join((PROJECT / name).read_text() for name in FILES).splitlines()
    words = [re.sub(r"\s*(#.*)?$", "", line) for line in lines]
    return [Requirement(each) for each in words if each and not each.startswith("-r ")]


def locked(*, directly: bool) -> list[Requirement]:
    return [
        Requirement(entry["package"])
        for entry in ENTRY.finditer(LOCK)
        if not directly or "-r requirements" in entry["via"]
    ]


def versions(requirements: list[Requirement], machine: dict[str, str]) -> dict[str, str]:
    """What this machine gets."""
    return {
        canonicalize_name(each.name): str(each.specifier)
        for each in requirements
        if not each.marker or Marker(str(each.marker)).evaluate(machine)
    }


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: "-".join(machine.values()))
def test_the_lock_matches_the_requirements(machine):
    assert versions(locked(directly=True), machine) == versions(asked_for(), machine), (
        "requirements.lock is not of these requirements: run `make lock`"
    )


def test_the_lock_pins_every_package_by_version_and_hash():
    packages = re.findall(r"^[A-Za-z].*", LOCK, re.M)

    assert len(packages) > len(asked_for())
    assert len(locked(directly=False)) == len(packages)
    assert all(re.fullmatch(r"==\S+", str(each.specifier)) for each in locked(directly=False))


def test_the_lock_names_no_package_index():
    assert "://" not in LOCK
    assert not re.findall(r"^--", LOCK, re.M)
