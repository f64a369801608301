"""Finds a Chromium that runs, and installs one where there is none and it may."""

import shutil
import subprocess
import sys
from collections.abc import Iterator

from tests.installing import apt, install
from tests.kept import one_process

# Without windows to draw, the first needs 0.35 s of a core for a page where the others need 1.2.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


class NoChromium(Exception):
    """Says what to install."""


def runs(program: str) -> bool:
    """Whether it is there and starts: Ubuntu's `chromium-browser` only says where to get a snap."""
    try:
        return not subprocess.run(
            [program, "--version"], capture_output=True, timeout=60
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def find(downloaded: str) -> str | None:
    """The first on PATH that runs, or else the one that Playwright has downloaded."""
    on_path = filter(None, map(shutil.which, NAMES))
    return next(filter(runs, [*on_path, downloaded]), None)


def installations() -> Iterator[list[list[str]]]:
    """Ways to install one, each a list of commands; what only root may do is left to root."""
    debian = [apt(package) for package in NAMES[:2]]  # older releases lack the first
    yield from filter(None, debian)
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    yield [[*playwright, "--with-deps"] if any(debian) else playwright]


def find_or_install(downloaded: str) -> str:
    """Path of a Chromium; `downloaded` is where Playwright keeps its own. Raises NoChromium."""
    with one_process("installing"):
        if found := find(downloaded):
            return found
        for commands in installations():
            install("The tests need a Chromium", commands)
            if found := find(downloaded):
                return found
    raise NoChromium(
        "The tests in tests/browser need a Chromium and none could be installed: install the "
        "package `chromium` or Google Chrome, so that one of these is on PATH: "
        f"{', '.join(NAMES)}."
    )
