"""Prometheus, its exporters, Redis and Caddy: Debian's, installed where the tests may."""

import shutil

from tests.installing import apt, install
from tests.kept import one_process

# The package has `promtool`, too.
PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-blackbox-exporter": "prometheus-blackbox-exporter",
    "prometheus-postgres-exporter": "prometheus-postgres-exporter",
    "prometheus-redis-exporter": "prometheus-redis-exporter",
    # With TLS, which the Valkey from PyPI is built without.
    "redis-server": "redis-server",
    "caddy": "caddy",
    "shellcheck": "shellcheck",
}


class NoProgram(Exception):
    """Says what to install."""


def find_or_install(program: str) -> str:
    """Path of one of PACKAGES. Raises NoProgram."""
    with one_process("installing"):
        if shutil.which(program) is None:
            install(f"The tests need {program}", apt(PACKAGES[program]))
    found = shutil.which(program)
    if found is None:
        raise NoProgram(
            f"The tests need {program} and it could not be installed: install "
            f"Debian's package `{PACKAGES[program]}`, so that `{program}` is on PATH."
        )
    return found
