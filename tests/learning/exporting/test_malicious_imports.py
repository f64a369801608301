"""Nothing in a ZIP that somebody brings is trusted."""

import io
import json
import pickle
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from django.conf import settings

from learning.exporting.importing import import_version
from learning.refusals import TeachingRefused
from predictions.classifiers import Classifier
from tests.learning.exporting.conftest import changed, files_of, packed


def refused(file: io.BytesIO, target: Classifier, says: str, **allowed: bool) -> None:
    """Nothing is added, neither a row nor a file, and nothing is left behind."""
    store = Path(settings.MODEL_STORE)
    before = sorted(store.rglob("*"))
    with pytest.raises(TeachingRefused, match=says):
        import_version(file, target, **allowed)
    assert not target.versions.exists()
    assert sorted(path for path in store.rglob("*") if path.name != ".lock") == [
        path for path in before if path.name != ".lock"
    ]


@pytest.mark.parametrize(
    "name", ["../head.npz", "/etc/passwd", "..\\head.npz", "model/head.npz", "run.py", "x" * 300]
)
def test_a_file_of_another_name_is_refused(head_package, target, name):
    files = {**files_of(head_package), name: b"x"}
    refused(packed(files), target, "must not contain")


def test_two_files_of_one_name_are_refused(head_package, target):
    file = packed(files_of(head_package))
    with ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("head.npz", b"another")
    refused(file, target, "must not contain")


def test_a_file_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(head_package, target):
    file = packed({name: b"" for name in files_of(head_package) if name != "head.npz"})
    with ZipFile(file, "a", ZIP_DEFLATED) as archive:
        archive.writestr("head.npz", bytes(51_000_000))
    assert file.getbuffer().nbytes < 100_000
    refused(file, target, "too large: at most 50 MB")


def test_no_more_is_unpacked_than_the_directory_says(head_package, target):
    files = files_of(head_package)
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name in ("manifest.json", "labels.json"):
            archive.writestr(name, files[name])
        archive.writestr("head.npz", bytes(60_000_000))
    content = file.getvalue().replace((60_000_000).to_bytes(4, "little"), b"\x00\x10\0\0")
    refused(io.BytesIO(content), target, "damaged")


@pytest.mark.parametrize("content", [b"", b"PK", b"\x89PNG" + bytes(1000)])
def test_what_is_no_zip_is_refused(target, content):
    refused(io.BytesIO(content), target, "no ZIP file")


def test_a_zip_that_is_cut_off_is_refused(head_package, target):
    refused(io.BytesIO(head_package.read_bytes()[:-5000]), target, "no ZIP file")


def test_an_encrypted_zip_is_refused(head_package, target):
    content = bytearray(packed(files_of(head_package)).getvalue())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    refused(io.BytesIO(content), target, "encrypted")


@pytest.mark.parametrize("name", ["head.npz", "labels.json"])
def test_a_file_that_is_not_the_exported_one_is_refused(head_package, target, name):
    files = files_of(head_package)
    files[name] = files_of(head_package)[name] + b" "
    refused(packed(files), target, f"{name} is not the file that was exported")


@pytest.mark.parametrize("name", ["head.npz", "labels.json", "manifest.json"])
def test_a_zip_without_a_needed_file_is_refused(head_package, target, name):
    files = files_of(head_package)
    del files[name]
    refused(packed(files), target, f"no {name}")


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"null",
        b'{"format": 1}',
        b'{"format": 1, "model": {"training": NaN}}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_an_unreadable_manifest_is_refused(head_package, target, content):
    refused(packed({**files_of(head_package), "manifest.json": content}), target, "manifest.json")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b'"format": 1', b'"format": 2', "another release"),
        (b'"training": {}', b'"training": {"figures": 1e999}', "manifest.json"),
        (b'"training": {}', b'"training": {"figures": "\\u0000"}', "manifest.json"),
        (b'"training": {}', b'"training": {"figures": "\\ud800"}', "manifest.json"),
        (b'"training": {}', b'"training": []', "manifest.json"),
        (b'"title": "Colours"', b'"title": ["Colours"]', "manifest.json"),
        (b'"version": "57934424.5"', b'"version": "00000000"', "does not have"),
        (b'"name": "efficientnet-lite0"', b'"name": "../efficientnet-lite0"', "does not have"),
        (b'"trial": [', b'"trial": [0.5,', "does not answer here"),
    ],
)
def test_a_manifest_that_claims_something_else_is_refused(head_package, target, old, new, says):
    files = files_of(head_package)
    assert old in files["manifest.json"]
    files["manifest.json"] = files["manifest.json"].replace(old, new)
    refused(packed(files), target, says)


@pytest.mark.parametrize(
    "labels",
    [
        [],
        [["red", "Red", ""]],
        [["red", "Red", ""], ["red", "Blue", ""]],
        [["red", "Red", ""], ["blue", "\ud800", ""]],
        [["red", "Red", ""], ["blue", "Blue", 7]],
        [["red", "Red", ""], ["blue", "B" * 65, ""]],
        [["red", "Red", ""], ["blue", "Blue", ""], ["green", "Green", ""]],
        {"red": "Red"},
    ],
)
def test_labels_with_which_nothing_could_be_answered_are_refused(head_package, target, labels):
    file = changed(head_package, lambda f: f.update({"labels.json": json.dumps(labels).encode()}))
    refused(file, target, "labels.json|classes")


def npz(**arrays: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def declaring(shape: tuple[int, ...]) -> bytes:
    """An array that says it has this shape, and has one number."""
    array = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        array, {"descr": "<f4", "fortran_order": False, "shape": shape}
    )
    return packed({"weights.npy": array.getvalue() + bytes(4), "bias.npy": b""}).getvalue()


class Evil:
    def __reduce__(self):
        return (pytest.fail, ("code from a file has run",))


WEIGHTS, BIAS = np.zeros((1280, 2), np.float32), np.zeros(2, np.float32)
HEADS = {
    "no arrays": b"no arrays",
    "a pickled object": npz(weights=np.array([Evil()], object), bias=BIAS),
    "a pickle": pickle.dumps(Evil()),
    "no bias": npz(weights=WEIGHTS),
    "terabytes": declaring((1 << 40, 2)),
    "other shape": npz(weights=WEIGHTS[:5], bias=BIAS),
    "other bias": npz(weights=WEIGHTS, bias=np.zeros(1, np.float32)),
    "other numbers": npz(weights=WEIGHTS.astype(np.complex64), bias=BIAS),
    "other rejection": npz(weights=WEIGHTS, bias=BIAS, means=WEIGHTS.T[:, :7], directions=WEIGHTS),
    "rejection of batches": npz(
        weights=WEIGHTS[:, :1],
        bias=BIAS[:1],
        means=WEIGHTS.T[:1],
        directions=WEIGHTS,
        weight=np.ones(1, np.float32),
        threshold=np.ones(4, np.float32),
        softness=np.ones((), np.float32),
    ),
    "a number for means": npz(
        weights=WEIGHTS,
        bias=BIAS,
        means=BIAS[0],
        directions=BIAS[0],
        weight=BIAS[0],
        threshold=BIAS[0],
        softness=BIAS[0],
    ),
    "NaN": npz(weights=WEIGHTS + np.float32("nan"), bias=BIAS),
    "too large": npz(weights=WEIGHTS + np.float32(3e38), bias=BIAS),
}


@pytest.mark.parametrize("content", HEADS.values(), ids=HEADS.keys())
def test_a_head_of_anything_but_fitting_numbers_is_refused(head_package, target, content):
    file = changed(head_package, lambda files: files.update({"head.npz": content}))
    refused(file, target, "head.npz|does not fit|no probabilities")


def test_a_head_that_unpacks_to_gigabytes_is_refused(head_package, target):
    bomb = io.BytesIO()
    with ZipFile(bomb, "w", ZIP_DEFLATED) as archive:
        archive.writestr("weights.npy", bytes(51_000_000))
    file = changed(head_package, lambda files: files.update({"head.npz": bomb.getvalue()}))
    refused(file, target, "head.npz")
