"""Static files are collected again when they have changed, and only then."""

import os
from pathlib import Path
from time import time
from typing import Any

import pytest

from classifier_site.one_machine import static_files


@pytest.fixture
def style(settings: Any, tmp_path: Path) -> Path:
    """The one static file of a project."""
    (tmp_path / "sources").mkdir()
    settings.STATICFILES_DIRS = [tmp_path / "sources"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    style = tmp_path / "sources" / "own.css"
    style.write_text("p { color: red }")
    return style


def test_a_changed_file_is_collected_again(style: Path, settings: Any) -> None:
    static_files.collect()
    style.write_text("p { color: tan }")
    os.utime(style, times=(time() + 2, time() + 2))  # collectstatic compares seconds
    static_files.collect()
    assert (settings.STATIC_ROOT / "own.css").read_text() == "p { color: tan }"


def test_unchanged_files_are_left_alone(style: Path, settings: Any) -> None:
    static_files.collect()
    (settings.STATIC_ROOT / "own.css").write_text("a mark")
    static_files.collect()
    assert (settings.STATIC_ROOT / "own.css").read_text() == "a mark"


def test_an_interrupted_collection_is_repeated(style: Path, settings: Any) -> None:
    static_files.collect()
    stamp = settings.STATIC_ROOT / ".collected-from"
    style.write_text("p { background: url(missing.png) }")  # which ends the collection
    with pytest.raises(ValueError, match=r"missing\.png"):
        static_files.collect()
    assert not stamp.exists()
    style.write_text("p { color: red }")
    static_files.collect()
    assert stamp.exists()
