"""How much a faster precision changes the answers of a model, and how fast it is here."""

from dataclasses import replace
from importlib.metadata import version as installed_version
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import openvino

from predictions.inference.engines import Engine, Precision, load_engine
from predictions.inference.errors import PrecisionRefused
from predictions.inference.progress import Progress
from predictions.inference.quantise import quantise
from predictions.inference.store import Manifest, ModelStore, now
from predictions.inference.weights import file_hash

# Top-1 may fall by this when a model is quantised; a point.
MOST_FALL = 0.01
# "auto" takes a precision that gives at least this share of f32's answers.
LEAST_AGREEMENT = 0.99
TIMED, ROUNDS = 16, 5  # pictures, and how often they are classified; the best round counts


class Pictures(NamedTuple):
    """Preprocessed pictures, uint8 (N, size, size, 3).

    calibration: what a model is quantised with.
    held_out: what precisions are compared on.
    truth: int64 (M,), the class of each that is held out, or -1 if it is not known.
    source: "folder", "server" or "synthetic".
    """

    calibration: np.ndarray
    held_out: np.ndarray
    truth: np.ndarray
    source: str


class Comparison:
    """Precisions of one model against its f32; `said` is what manifests say of it."""

    def __init__(self, manifest: Manifest, store: ModelStore, pictures: Pictures) -> None:
        self.manifest, self.store, self.pictures = manifest, store, pictures
        self.folder = store.path(manifest.name, manifest.version)
        engine = load_engine("openvino", self.folder)
        self._expected, _features = engine.predict(pictures.held_out)
        self._recipe = engine.recipe
        self.said: dict[str, Any] = {
            "source": pictures.source,
            "pictures": len(pictures.held_out),
            "processor": processor(),
            "agreement": {},
            "top_1_fall": {},
            "images_per_second": {"f32": images_per_second(engine, pictures.held_out)},
        }

    def measure(self, precision: Precision, folder: Path, progress: Progress) -> None:
        """Adds to `said`: which share of f32's answers it gives (`agreement`), by how much top-1
        falls (`top_1_fall`, see `fall`), and the speed here.

        folder: of the model in this precision.
        """
        engine = load_engine("openvino", folder, precision=precision)
        probabilities, _features = engine.predict(self.pictures.held_out)
        same = self._expected.argmax(axis=1) == probabilities.argmax(axis=1)
        fallen = fall(self._expected, probabilities, self.pictures.truth)
        speed = images_per_second(engine, self.pictures.held_out)
        self.said["agreement"][precision] = round(float(same.mean()), 4)
        self.said["top_1_fall"][precision] = round(fallen, 4)
        self.said["images_per_second"][precision] = speed
        progress(
            f"{precision} gives {same.mean():.1%} of the answers of f32 to {len(same)} pictures "
            f"({self.pictures.source}); top-1 falls by {100 * fallen:.1f} points; {speed} images/s "
            f"instead of {self.said['images_per_second']['f32']}"
        )

    def quantised(self, least_agreement: float, progress: Progress) -> Manifest:
        """The int8 version, which is added to the store.

        Raises `PrecisionRefused` when top-1 falls by more than a point, or it gives fewer of f32's
        answers than this share; then nothing was stored.
        """
        f32 = self.manifest

        def write(workshop: Path) -> Manifest:
            progress(f"Quantising {f32.title} with {len(self.pictures.calibration)} pictures")
            quantise(self.folder, self._recipe, self.pictures.calibration, workshop)
            files = {path.name: file_hash(path, "sha256") for path in sorted(workshop.iterdir())}
            manifest = replace(
                f32,
                version=f"{f32.version}-{files['model.bin'][:8]}",
                source=f"quantised from {f32.name} {f32.version}",
                weights_sha256=files["model.bin"],
                files=files,
                precision="int8",
                openvino_version=installed_version("openvino"),
                prepared_at=now(),
                quantised={
                    "from": f32.version,
                    "source": self.pictures.source,
                    "pictures": len(self.pictures.calibration),
                    "nncf_version": installed_version("nncf"),
                },
            )
            manifest.write(workshop)  # engines read the recipe there
            self.measure("int8", workshop, progress)
            self._refuse(least_agreement)
            return replace(manifest, precisions=self.said)

        return self.store.add_made(f32.name, write)

    def _refuse(self, least_agreement: float) -> None:
        fallen, agreement = self.said["top_1_fall"]["int8"], self.said["agreement"]["int8"]
        if fallen > MOST_FALL:
            raise PrecisionRefused(
                f"{self.manifest.title} in int8 was refused: top-1 falls by {100 * fallen:.1f} "
                f"points against f32 on {self.said['pictures']} pictures that were held out; at "
                f"most {100 * MOST_FALL:.0f} is accepted. Nothing was kept. Calibrate it with more "
                "pictures, like those it will classify."
            )
        if agreement < least_agreement:
            raise PrecisionRefused(
                f"{self.manifest.title} in int8 gives {agreement:.1%} of the answers of f32; "
                f"{least_agreement:.0%} are asked for. Nothing was kept."
            )


def fall(expected: np.ndarray, probabilities: np.ndarray, truth: np.ndarray) -> float:
    """By how much top-1 falls, 0 to 1; less than zero where it rises.

    Where nobody has said what a picture shows, f32's own probabilities are how likely each answer
    is right: two classes that f32 finds as likely are as good as each other. Of a calibrated model
    the mean of the lost probabilities is the expected fall.

    expected, probabilities: float32 (N, C), of f32 and of another precision.
    truth: int64 (N,), -1 where it is not known.
    """
    rows = np.arange(len(expected))
    before, after = expected.argmax(axis=1), probabilities.argmax(axis=1)
    of_known = (before == truth).astype(float) - (after == truth)
    of_unknown = expected[rows, before] - expected[rows, after]
    return float(np.where(truth >= 0, of_known, of_unknown).mean())


def images_per_second(engine: Engine, pictures: np.ndarray) -> float:
    """In batches, with all cores that the engine may use."""
    batch = pictures[:TIMED]
    seconds = []
    for _ in range(ROUNDS):
        began = perf_counter()
        engine.predict(batch)
        seconds.append(perf_counter() - began)
    return round(len(batch) / min(seconds), 1)


def processor() -> str:
    """The name of this machine's."""
    return str(openvino.Core().get_property("CPU", "FULL_DEVICE_NAME"))
