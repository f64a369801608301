"""The models that are measured, prepared in a store of the benchmark's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.service import PROJECT
from predictions.inference.store import ModelStore


class Store:
    """A folder of prepared models, which each service that is started takes a copy of."""

    def __init__(self, folder: Path) -> None:
        self.models = folder / "models"
        self.weights = folder / "random.weights.h5"

    def prepare(self, model: str) -> Path:
        """The folder of the model in f32, which bf16 uses as well.

        In a process of its own: Keras stays in the memory of whoever has used it.
        """
        script = (
            "import sys; from pathlib import Path;"
            "from predictions.inference.store import ModelStore;"
            "weights = Path(sys.argv[3]) if sys.argv[3] else None;"
            "m = ModelStore(Path(sys.argv[1])).prepare(sys.argv[2], weights_file=weights);"
            "print(m.version)"
        )
        weights = self.environment(model).get("RESNET50_WEIGHTS", "")
        command = [sys.executable, "-c", script, str(self.models), model, weights]
        done = subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)
        return self.models / model / done.stdout.strip().splitlines()[-1]

    def environment(self, model: str) -> dict[str, str]:
        """RESNET50_WEIGHTS, or random ones: speed does not depend on them."""
        if model != "resnet50":
            return {}
        if given := os.environ.get("RESNET50_WEIGHTS"):
            return {"RESNET50_WEIGHTS": given}
        if not self.weights.exists():
            self.weights.parent.mkdir(parents=True, exist_ok=True)
            script = (
                "import sys, keras; keras.utils.set_random_seed(0);"
                "keras.applications.ResNet50(weights=None).save_weights(sys.argv[1])"
            )
            command = [sys.executable, "-c", script, str(self.weights)]
            subprocess.run(command, check=True, capture_output=True)
        return {"RESNET50_WEIGHTS": str(self.weights)}

    def has(self, model: str, precision: str) -> bool:
        """One in int8 is made by the first service that is asked for it."""
        return stored(precision) in {m.precision for m in ModelStore(self.models).versions(model)}

    def folder(self, model: str, precision: str) -> Path:
        """Of the model that computes in this precision."""
        manifest = next(
            m for m in ModelStore(self.models).versions(model) if m.precision == stored(precision)
        )
        return self.models / manifest.name / manifest.version

    def give_to(self, data: Path) -> None:
        shutil.copytree(self.models, data / "models", dirs_exist_ok=True)

    def take_from(self, data: Path) -> None:
        """What the service has prepared beyond what it was given."""
        shutil.copytree(data / "models", self.models, dirs_exist_ok=True)


def stored(precision: str) -> str:
    """bf16 is the model in f32, computed in another way."""
    return "f32" if precision == "bf16" else precision
