"""The version of the service, wherever people look for it."""

import subprocess
import sys

import pytest

from classifier_site import __version__
from tests.conftest import PROJECT


@pytest.mark.parametrize("word", ["version", "--version"])
def test_manage_py_prints_it_without_any_setting(word):
    printed = subprocess.check_output([sys.executable, "manage.py", word], cwd=PROJECT, env={})

    assert printed.decode() == f"{__version__}\n"


def test_health_names_it_even_when_nothing_works(client, db):
    assert client.get("/health").json()["version"] == __version__


def test_the_schema_names_it(client, db):
    assert client.get("/schema?format=json").json()["info"]["version"] == __version__


@pytest.mark.parametrize("path", ["/accounts/login", "/no-such-page"])
def test_the_footer_of_every_page_names_it(client, db, path):
    page = client.get(path, headers={"Accept": "text/html"})
    footer = page.content.decode().partition("<footer>")[2]

    assert f"Version {__version__}" in footer
