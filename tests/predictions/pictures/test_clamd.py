"""How the tests find or install clamd. Shell scripts stand in for programs."""

import os

import pytest

from tests.predictions import clamd


@pytest.fixture
def path(tmp_path, monkeypatch):
    """An empty folder that is the whole PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(clamd, "PATH", str(tmp_path))
    return tmp_path


def program(path, script):
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_clamav_package_is_installed_only_as_root(path, capfd):
    program(path / "apt-get", f"[ $1 = update ] || /bin/cp {path}/apt-get {path}/clamd")
    if os.geteuid() != 0:
        with pytest.raises(clamd.NoClamd):
            clamd.find_or_install()
        assert "apt-get" not in capfd.readouterr().out
        return
    assert clamd.find_or_install() == str(path / "clamd")
    assert "install -y --no-install-recommends clamav-daemon" in capfd.readouterr().out


def test_the_error_says_what_to_install_when_there_is_no_clamd(path):
    with pytest.raises(clamd.NoClamd, match="install the package `clamav-daemon`"):
        clamd.find_or_install()
