"""Prepared models on disk: `<root>/<name>/<version>/`, each with its `manifest.json`.

Reading manifests needs the standard library only. A version is the first eight hexadecimal digits
of its weights' SHA-256, and ".2", ".3" if they are read with a further recipe, so one version
never changes its meaning.
"""

import fcntl
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from predictions.inference.architectures import ARCHITECTURES, Architecture
from predictions.inference.disk import flush, sync
from predictions.inference.errors import ModelNotPrepared, UnknownModel
from predictions.inference.labels import labels, labels_sha256
from predictions.inference.progress import Progress, silent
from predictions.inference.weights import Weights, file_hash, obtain

MANIFEST_FILE = "manifest.json"
# A folder that begins with a dot is work in progress and never a version.
WORKSHOP_PREFIX = ".preparing-"


@dataclass(frozen=True)
class Manifest:
    """What a prepared model is.

    `files` maps file name → SHA-256; `parity` is what `export.export` returned.
    `labels` is the label set and the SHA-256 of its file, `input_size` in pixels, `prepared_at` ISO
    8601 in UTC. `backbone` is empty, or the name and version of the model whose features a linear
    head reads, see heads.py. `quantised` is empty, or says what an int8 model was made of, see
    quantise.py; `precisions` is empty, or says how the precisions were compared, see precisions.py.
    """

    name: str
    version: str
    title: str
    architecture: str
    source: str
    weights_sha256: str
    files: dict[str, str]
    licence: str
    attribution: str
    input_size: int
    recipe: str
    labels: dict[str, str]
    classes: int
    feature_size: int
    precision: str
    parity: float
    keras_version: str
    openvino_version: str
    prepared_at: str
    backbone: dict[str, str] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    quantised: dict[str, Any] = field(default_factory=dict)
    precisions: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest in this folder. Raises `ModelNotPrepared` if none can be read there."""
        try:
            return cls.parse((folder / MANIFEST_FILE).read_bytes())
        except (OSError, ValueError) as error:
            raise ModelNotPrepared(
                f"No prepared model in {folder}. Run: python manage.py prepare_model auto"
            ) from error

    @classmethod
    def parse(cls, content: bytes) -> "Manifest":
        """What a `manifest.json` says. Raises ValueError: it is none."""
        try:
            return cls(**json.loads(content))
        except TypeError as error:  # a field is missing or unknown
            raise ValueError(str(error)) from error

    def content(self) -> bytes:
        """Of its `manifest.json`."""
        said = asdict(self)
        for name in ("quantised", "precisions"):  # releases before cannot read a manifest with them
            if not said[name]:
                del said[name]
        return (json.dumps(said, indent=2, ensure_ascii=False) + "\n").encode()

    def write(self, folder: Path) -> None:
        """Writes `manifest.json` into the folder, in place of one that is there."""
        written = folder / f".{MANIFEST_FILE}"
        written.write_bytes(self.content())
        sync(written)
        written.replace(folder / MANIFEST_FILE)  # at no moment is there half of it


class ModelStore:
    """The prepared models under one folder. Any number of processes may use it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str, version: str) -> Path:
        """Where this version lies, or would lie."""
        return self.root / name / version

    def at_hand(self, name: str, version: str) -> Path:
        """Where this version lies, to be read. Raises `ModelNotPrepared` if it cannot be had."""
        return self.path(name, version)

    def get(self, name: str, version: str) -> Manifest:
        """The manifest of one version. Raises `ModelNotPrepared`."""
        return Manifest.read(self.at_hand(name, version))

    def versions(self, name: str) -> list[Manifest]:
        """Every readable version of a model, the one prepared last first."""
        found = []
        for folder in (self.root / name).glob("[!.]*"):
            try:
                found.append(Manifest.read(folder))
            except ModelNotPrepared:
                continue
        return sorted(found, key=lambda manifest: manifest.prepared_at, reverse=True)

    def is_intact(self, manifest: Manifest) -> bool:
        """Whether every file of this version still has the hash it was written with.

        A head needs its backbone, too.
        """
        if manifest.backbone and not self._intact(**manifest.backbone):
            return False
        return self._has_files(manifest)

    def _has_files(self, manifest: Manifest) -> bool:
        folder = self.path(manifest.name, manifest.version)
        return all(
            (folder / name).is_file() and file_hash(folder / name, "sha256") == sha256
            for name, sha256 in manifest.files.items()
        )

    def can_be_had(self, manifest: Manifest) -> bool:
        """Whether workers can load this version. Raises OSError: that cannot be found out."""
        return self.is_intact(manifest)

    def prepare(
        self, name: str, *, weights_file: Path | None = None, progress: Progress = silent
    ) -> Manifest:
        """Makes a model ready to be loaded and returns its manifest.

        A version that is ready and intact is returned at once, without network; a damaged one is
        made again. The version appears whole or not at all, whatever ends this process; of two that
        prepare the same model the second waits and takes what the first has made.
        `weights_file`: the weights to use instead of the published ones (see `weights.obtain`).
        Raises `UnknownModel`, `WeightsUnavailable`, `WrongWeights` or `ParityError`.
        """
        if name not in ARCHITECTURES:
            raise UnknownModel(f"Unknown model {name!r}; choose one of {', '.join(ARCHITECTURES)}.")
        architecture = ARCHITECTURES[name]
        with self._only_one(name, progress):
            if weights_file is None and (ready := self._published(architecture)):
                return ready
            weights = obtain(
                architecture, self.root / "downloads", progress, weights_file=weights_file
            )
            version = architecture.version(weights.sha256)
            return self._intact(name, version) or self._make(architecture, weights, progress)

    def add(self, name: str, version: str, write: Callable[[Path], Manifest]) -> Manifest:
        """A version that `write` makes in the folder it is given, unless it is there and intact."""
        with self._only_one(name, silent):
            return self._intact(name, version) or self._write(name, write)

    def add_made(self, name: str, write: Callable[[Path], Manifest]) -> Manifest:
        """A version that only `write` can name, which makes it in the folder it is given."""
        with self._only_one(name, silent):
            return self._write(name, write)

    def describe(self, manifest: Manifest) -> None:
        """Says something else of a version that is there, whose files stay as they are."""
        with self._only_one(manifest.name, silent):
            manifest.write(self.path(manifest.name, manifest.version))

    def delete(self, name: str, version: str) -> None:
        """Nothing if it is not there. Raises OSError."""
        folder = self.path(name, version)
        if not folder.exists():
            return
        with self._only_one(name, silent):
            going = folder.with_name(f"{WORKSHOP_PREFIX}deleted")
            folder.rename(going)  # never half of it; see _only_one for the rest
            shutil.rmtree(going)

    def _published(self, architecture: Architecture) -> Manifest | None:
        """The intact version made of the published weights, for the recipe of today."""
        for manifest in self.versions(architecture.name):
            published = manifest.source == architecture.weights_source
            current = manifest.version == architecture.version(manifest.weights_sha256)
            if published and current and self.is_intact(manifest):
                return manifest
        return None

    def _intact(self, name: str, version: str) -> Manifest | None:
        try:
            manifest = self.get(name, version)
        except ModelNotPrepared:
            return None
        return manifest if self.is_intact(manifest) else None

    @contextmanager
    def _only_one(self, name: str, progress: Progress) -> Iterator[None]:
        """Holds the model's lock, and clears what preparations that died have left behind."""
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        # The system drops a flock with the process that holds it, so no crash can leave it locked.
        with (folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress(f"Waiting for another process that prepares {name}")
                fcntl.flock(lock, fcntl.LOCK_EX)
            for left_over in folder.glob(f"{WORKSHOP_PREFIX}*"):
                shutil.rmtree(left_over)
            yield

    def _make(self, architecture: Architecture, weights: Weights, progress: Progress) -> Manifest:
        # Keras and OpenVINO are needed from here on.
        from predictions.inference.export import export

        def write(workshop: Path) -> Manifest:
            parity = export(architecture, weights.path, workshop, progress)
            return _manifest(architecture, weights, workshop, parity)

        return self._write(architecture.name, write)

    def _write(self, name: str, write: Callable[[Path], Manifest]) -> Manifest:
        """A version's folder, whole or not at all; in place of the same one, damaged or not."""
        workshop = Path(tempfile.mkdtemp(prefix=WORKSHOP_PREFIX, dir=self.root / name))
        try:
            manifest = write(workshop)
            folder = self.path(name, manifest.version)
            replaced = folder.with_name(f"{WORKSHOP_PREFIX}replaced")
            manifest.write(workshop)
            # mkdtemp is for its owner's eyes; the web process may run as somebody else.
            workshop.chmod(0o755)
            flush(workshop)
            if folder.exists():
                folder.rename(replaced)
            workshop.rename(folder)
            sync(folder.parent)
            shutil.rmtree(replaced, ignore_errors=True)
        except BaseException:  # also Ctrl-C and a termination that was turned into SystemExit
            shutil.rmtree(workshop, ignore_errors=True)
            raise
        return manifest


def _manifest(
    architecture: Architecture, weights: Weights, folder: Path, parity: float
) -> Manifest:
    return Manifest(
        name=architecture.name,
        version=architecture.version(weights.sha256),
        title=architecture.title,
        architecture=architecture.name,
        source=weights.source,
        weights_sha256=weights.sha256,
        files={path.name: file_hash(path, "sha256") for path in sorted(folder.iterdir())},
        licence=architecture.licence,
        attribution=architecture.attribution,
        input_size=architecture.input_size,
        recipe=architecture.recipe,
        labels={"name": "imagenet-1k", "sha256": labels_sha256()},
        classes=len(labels()),
        feature_size=architecture.feature_size,
        precision="f32",
        parity=parity,
        keras_version=installed_version("keras"),
        openvino_version=installed_version("openvino"),
        prepared_at=now(),
    )


def now() -> str:
    """As manifests write times."""
    return datetime.now(UTC).isoformat(timespec="seconds")
