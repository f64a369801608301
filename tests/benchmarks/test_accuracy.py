"""`make bench-accuracy` counts right answers, and compares reduced decoding with full decoding."""

import shutil
import sys
from pathlib import Path

import pytest

from benchmarks import accuracy
from benchmarks.intervals import interval, wilson
from predictions.inference.store import ModelStore

IMAGES = Path(__file__).parent.parent / "images"
# The third folder is named by a number, and its photograph shows something else.
LABELLED = {"n07920052": "coffee.png", "missile": "rocket.jpg", "0": "chelsea.png"}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["accuracy", *map(str, arguments)])
    accuracy.main()


def labelled(folder: Path, names: dict[str, str]) -> Path:
    for name, file in names.items():
        (folder / name).mkdir()
        shutil.copy(IMAGES / file, folder / name)
    return folder


def test_each_version_is_counted_and_reduced_decoding_compared(
    prepared_models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = labelled(tmp_path, LABELLED)
    [lite] = ModelStore(prepared_models).versions("efficientnet-lite0")
    run(monkeypatch, "--labelled", folder, "--store", prepared_models)
    said = capsys.readouterr().out
    line = next(line for line in said.splitlines() if f"{lite.version}-f32" in line)
    assert line.split() == (
        f"{lite.name} {lite.version}-f32 3 66.7 % (20.8 to 93.9) 66.7 % (20.8 to 93.9)".split()
    )
    assert "0 of the photographs are large enough" in said


def test_without_labels_views_of_any_photographs_are_compared(
    prepared_models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = labelled(tmp_path, {"anything": "coffee.png"})
    run(monkeypatch, "--images", folder, "--views", 1, "--store", prepared_models)
    said = capsys.readouterr().out
    assert "1 of the photographs are large enough" in said
    twice = next(line for line in said.splitlines() if line.startswith("2 times"))
    assert "100.0 % (20.7 to 100.0)" in twice
    assert " 0.00, 0 " in next(line for line in said.splitlines() if line.startswith("in full"))
    assert " 0.00, 0 " not in twice


@pytest.mark.parametrize("name", ["crane", "some-thing"])
def test_a_folder_that_names_no_class_or_two_is_refused(tmp_path: Path, name: str) -> None:
    folder = labelled(tmp_path, {name: "coffee.png"})
    with pytest.raises(SystemExit, match=f"name no class .*: {name}. Name them by"):
        list(accuracy.labelled(folder))


@pytest.mark.parametrize("name", ["tiger cat", "Tiger_Cat", "282", "n02123159"])
def test_a_folder_is_named_by_name_number_or_synset(tmp_path: Path, name: str) -> None:
    [photograph] = accuracy.labelled(labelled(tmp_path, {name: "chelsea.png"}))
    assert photograph.label == 282


def test_intervals_are_wilson_s() -> None:
    # Newcombe 1998, table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0, 1)
    assert interval(888, 1000) == "88.8 % (86.7 to 90.6)"
