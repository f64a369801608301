"""Which Chromium the tests use, and how one is installed. Shell scripts stand in for programs."""

import os
from pathlib import Path

import pytest

from tests.browser.chromium import NoChromium, find, find_or_install

INSTALL = "install -y --no-install-recommends"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH; Playwright finds nothing to download."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", "http://127.0.0.1:1")
    return tmp_path


def program(path: Path, script: str = "exit 0") -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_chromium_on_the_path_is_preferred_to_playwrights_own(path):
    downloaded = program(path / "downloaded")
    assert find(downloaded) == downloaded
    ours = program(path / "google-chrome")
    assert find(downloaded) == ours


def test_a_chromium_that_does_not_start_is_skipped(path):
    program(path / "chromium-browser", "echo 'Please install the snap'; exit 1")
    assert find("/nowhere") is None
    ours = program(path / "google-chrome-stable")
    assert find("/nowhere") == ours


def test_the_chromium_package_is_installed_only_as_root(path, capfd):
    made = path / "chromium-headless-shell"
    script = f'echo "$@" "$DEBIAN_FRONTEND"; [ $1 = update ] || /bin/cp {path}/apt-get {made}'
    program(path / "apt-get", script)
    if os.geteuid() != 0:
        with pytest.raises(NoChromium):
            find_or_install("/nowhere")
        assert "apt-get" not in capfd.readouterr().out
        return
    assert find_or_install("/nowhere") == str(made)
    assert capfd.readouterr().out.splitlines() == [
        f"== The tests need a Chromium: {path}/apt-get update",
        "update noninteractive",
        f"== The tests need a Chromium: {path}/apt-get {INSTALL} chromium-headless-shell",
        f"{INSTALL} chromium-headless-shell noninteractive",
    ]


def test_the_full_chromium_is_installed_where_the_headless_one_is_unknown(path):
    script = f"case $4 in chromium) /bin/cp {path}/apt-get {path}/chromium;; c*) exit 100;; esac"
    program(path / "apt-get", script)
    if os.geteuid() == 0:
        assert find_or_install("/nowhere") == str(path / "chromium")


def test_the_error_says_what_to_install_when_no_chromium_works(path, capfd):
    with pytest.raises(NoChromium, match=r"install the package `chromium` or Google Chrome"):
        find_or_install("/nowhere")
    assert "-m playwright install chromium" in capfd.readouterr().out
