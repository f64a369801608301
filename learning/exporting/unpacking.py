"""What is taken out of a ZIP that is said to be an exported version. Nothing in it is trusted."""

import json
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from learning.exporting.network import ONNX_FILE, WEIGHTS_FILE
from learning.exporting.package import (
    FORMAT,
    LICENCE_FILE,
    NAMES,
    OF_A_HEAD,
    OF_A_NETWORK,
    README_FILE,
    SCRIPT_FILE,
)
from learning.refusals import TeachingRefused
from learning.zips import METHODS, open_zip
from predictions.inference.engines.openvino import MODEL_FILE
from predictions.inference.heads import HEAD_FILE
from predictions.inference.label_files import LABELS_FILE
from predictions.inference.store import MANIFEST_FILE

MB = 1_000_000
# Bytes that a file may have, unpacked. ResNet50's weights have 102 MB.
MOST = {
    MANIFEST_FILE: 2 * MB,
    LABELS_FILE: MB,
    HEAD_FILE: 50 * MB,
    MODEL_FILE: 5 * MB,
    WEIGHTS_FILE: 400 * MB,
    ONNX_FILE: 400 * MB,
    README_FILE: MB,
    SCRIPT_FILE: MB,
    LICENCE_FILE: MB,
}
LONGEST_TEXT = 1000  # characters, of an attribution say
PIECE = 1 << 20  # bytes
# What zipfile raises for damaged files, beside BadZipFile.
DAMAGED = (BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error)


@dataclass(frozen=True)
class Claims:
    """What the manifest says, as far as it matters here; its types are checked, no more.

    trial: what the exporting server said of `network.trial_pixels`.
    backbone: name and version of the network that a head reads, or empty.
    """

    version: str
    title: str
    recipe: str
    backbone: dict[str, str]
    architecture: str
    licence: str
    attribution: str
    training: dict[str, Any]
    trial: np.ndarray
    files: dict[str, str]


def unpack(file: IO[bytes], folder: Path) -> Claims:
    """Writes the files that an import needs into an empty folder.

    Raises:
        TeachingRefused
        OSError: the disk is full.
    """
    try:
        with open_zip(file) as archive:
            entries = checked_entries(archive)
            write(archive, entries[MANIFEST_FILE], folder)
            claims = read_claims(folder / MANIFEST_FILE)
            needed = OF_A_HEAD if claims.backbone else OF_A_NETWORK
            for name in needed:
                if name not in entries:
                    raise TeachingRefused(gettext_noop("The ZIP file has no %(name)s."), name=name)
                if write(archive, entries[name], folder) != claims.files.get(name):
                    raise TeachingRefused(
                        gettext_noop(
                            "%(name)s is not the file that was exported: its SHA-256 is another."
                        ),
                        name=name,
                    )
    except DAMAGED as error:
        raise TeachingRefused(_("The file is no ZIP file, or it is damaged.")) from error
    return claims


def checked_entries(archive: ZipFile) -> dict[str, ZipInfo]:
    """Raises TeachingRefused."""
    entries: dict[str, ZipInfo] = {}
    for entry in archive.infolist():
        name = entry.filename
        if name not in NAMES or name in entries:
            raise TeachingRefused(
                gettext_noop(
                    "The ZIP file is not an exported model: it must not contain %(name)s."
                ),
                name=repr(name[:100]),
            )
        if entry.flag_bits & 1 or entry.compress_type not in METHODS:
            raise TeachingRefused(_("The ZIP file is encrypted, or compressed in a rare way."))
        if entry.file_size > MOST[name]:
            raise TeachingRefused(
                gettext_noop("%(name)s is too large: at most %(most)d MB are accepted."),
                name=name,
                most=MOST[name] // MB,
            )
        entries[name] = entry
    if MANIFEST_FILE not in entries:
        raise TeachingRefused(gettext_noop("The ZIP file has no %(name)s."), name=MANIFEST_FILE)
    return entries


def write(archive: ZipFile, entry: ZipInfo, folder: Path) -> str:
    """Its SHA-256. zipfile gives no byte more than the size that was checked."""
    hashed = sha256()
    with archive.open(entry) as source, (folder / entry.filename).open("wb") as target:
        while piece := source.read(PIECE):
            hashed.update(piece)
            target.write(piece)
    return hashed.hexdigest()


def read_claims(path: Path) -> Claims:
    """Raises TeachingRefused."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse_constant)
        # PostgreSQL takes neither infinities, as 1e999 is one, nor these characters in JSON.
        text = json.dumps(said, ensure_ascii=False, allow_nan=False)
        text.encode()
        if "\\u0000" in text:
            raise ValueError("a character with the number 0")
        if said["format"] != FORMAT:
            raise TeachingRefused(_("The ZIP file was exported by another release."))
        return claims_of(said)
    # KeyError and TypeError: something is missing, or is of another kind.
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TeachingRefused(_("The manifest.json of the ZIP file cannot be read.")) from error


def refuse_constant(name: str) -> None:
    raise ValueError(name)


def claims_of(said: dict[str, Any]) -> Claims:
    """Raises KeyError, TypeError and ValueError."""
    model = said["model"]
    texts = {name: model[name] for name in ("recipe", "architecture", "licence", "attribution")}
    texts |= {"version": said["version"], "title": model["title"]}
    backbone, files, training = model["backbone"], said["files"], model.get("training", {})
    for text in [*texts.values(), *backbone.values(), *files.values()]:
        if not isinstance(text, str) or len(text) > LONGEST_TEXT:
            raise TypeError(text)
    if set(backbone) not in (set(), {"name", "version"}) or not isinstance(training, dict):
        raise TypeError(backbone)
    return Claims(
        **texts,
        backbone=backbone,
        training=training,
        trial=np.array([float(score) for score in said["trial"]], np.float32),
        files=files,
    )
