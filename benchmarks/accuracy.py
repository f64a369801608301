"""`make bench-accuracy`: how often the versions that are prepared are right.

BENCH_LABELLED is a folder with a folder of photographs for each class, which has its synset
(n07920052), its number (967) or its name (espresso). Without it nobody knows what is right: then
only decoding reduced is compared with decoding in full, on views of the photographs in BENCH_IMAGES
as a phone of 12 megapixels would have taken them.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import openvino
from PIL import Image

from benchmarks import reduced
from benchmarks.intervals import interval
from benchmarks.pictures import Photograph, as_from_a_phone, files_in
from classifier_site.one_machine.data_folder import locate
from predictions.inference.engines import Engine, load_engine
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.labels import Label, by_text, labels, labels_sha256
from predictions.inference.limits import UnreadableImage, measure
from predictions.inference.pictures import open_image
from predictions.inference.preprocessing import RECIPES, Recipe
from predictions.inference.store import Manifest, ModelStore


def named(folder: Path) -> Label | None:
    """The class that a folder's name stands for. Case does not matter, a space is an underscore."""
    classes = by_text(labels()) | {str(label.index): label for label in labels()}
    found = {name.casefold(): label for name, label in classes.items()}
    return found.get(folder.name.replace(" ", "_").casefold())


def labelled(folder: Path) -> Iterator[Photograph]:
    """Its photographs. Ends the program if a folder names no class, or two."""
    kinds = {kind: named(kind) for kind in sorted(folder.iterdir()) if kind.is_dir()}
    if unknown := [kind.name for kind, label in kinds.items() if label is None]:
        sys.exit(
            f"These folders of {folder} name no class of ImageNet, or two (crane, maillot): "
            f"{', '.join(unknown)}. Name them by their WordNet synset, as n07920052."
        )
    for kind, label in kinds.items():
        for path in files_in(kind):
            yield Photograph(path.read_bytes(), label.index if label else -1, kind.name)


def views(folder: Path, many: int) -> Iterator[Photograph]:
    """Photographs of 12 megapixels, made of those that are there, each as often as the others."""
    files = files_in(folder)
    for number in range(many if files else 0):
        path = files[number % len(files)]
        with Image.open(path) as picture:
            content = as_from_a_phone(picture, number)
        yield Photograph(content, -1, path.relative_to(folder).parts[0])


def engines(store: ModelStore) -> Iterator[tuple[Manifest, str, Engine]]:
    """Every prepared model with ImageNet's classes, in each precision that this processor has."""
    has_bf16 = "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    for name in sorted(path.name for path in store.root.iterdir() if path.is_dir()):
        for manifest in store.versions(name):
            if manifest.labels["sha256"] != labels_sha256() or manifest.backbone:
                continue
            is_f32 = manifest.precision == "f32"  # and may be computed in bf16
            for precision in ("f32", "bf16") if is_f32 and has_bf16 else (manifest.precision,):
                folder = store.path(manifest.name, manifest.version)
                try:
                    yield manifest, precision, load_engine("openvino", folder, precision=precision)
                except ModelNotPrepared as error:
                    print(f"Left out: {error}")


class Score:
    """How many of a version's answers were right."""

    def __init__(self, title: str, engine: Engine) -> None:
        self.title, self.engine = title, engine
        self.first = self.five = self.all = 0

    def ask(self, photograph: Photograph, pixels: np.ndarray) -> None:
        best = (-self.engine.predict(pixels[np.newaxis])[0][0]).argsort(kind="stable")[:5]
        self.first += int(best[0] == photograph.label)
        self.five += int(photograph.label in best)
        self.all += 1

    def __str__(self) -> str:
        first, five = interval(self.first, self.all), interval(self.five, self.all)
        return f"{self.title:44}{self.all:7}  {first:>24}  {five:>24}"


def versions(photographs: Iterable[Photograph], store: ModelStore) -> list[Score]:
    """What each of them is right in. Says which photographs cannot be read."""
    scores = [
        Score(f"{manifest.name} {manifest.version}-{precision}", engine)
        for manifest, precision, engine in engines(store)
    ]
    if not scores:
        sys.exit(f"No model is prepared in {store.root}. Run: make run, or manage.py prepare_model")
    for photograph in photographs:
        seen: dict[str, np.ndarray] = {}
        for score in scores:
            recipe = score.engine.recipe
            try:
                if recipe.name not in seen:
                    image = open_image(photograph.content, least_side=recipe.least_side)
                    seen[recipe.name] = score.engine.preprocess(image)
            except UnreadableImage as error:
                print(f"Left out, of {photograph.group}: {error}")
                break
            score.ask(photograph, seen[recipe.name])
    return scores


def reading_reduced(store: ModelStore) -> tuple[Engine, Recipe]:
    """A model in f32 whose recipe decodes reduced."""
    for manifest, precision, engine in engines(store):
        if precision == "f32" and RECIPES[manifest.recipe].least_side:
            return engine, engine.recipe
    sys.exit(f"No model in {store.root} reads reduced pictures. Run: make run")


def is_readable(photograph: Photograph) -> bool:
    try:
        measure(photograph.content)
    except UnreadableImage:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    environ = os.environ
    parser.add_argument("--labelled", type=Path, default=environ.get("BENCH_LABELLED") or None)
    parser.add_argument("--images", type=Path, default=environ.get("BENCH_IMAGES") or None)
    parser.add_argument("--views", type=int, default=400)
    parser.add_argument("--store", type=Path, default=locate(environ) / "models")
    asked = parser.parse_args()
    store = ModelStore(asked.store)
    if asked.labelled:
        print(f"{'version':44}{'n':>7}  {'top-1, 95 %':>24}  {'top-5, 95 %':>24}")
        for score in versions(labelled(asked.labelled), store):
            print(score)
        photographs = filter(is_readable, labelled(asked.labelled))
    elif asked.images:
        photographs = views(asked.images, asked.views)
    else:
        sys.exit(
            "Set BENCH_LABELLED to a folder that has a folder of photographs for each class, or "
            "BENCH_IMAGES to a folder of any photographs."
        )
    engine, recipe = reading_reduced(store)
    reduced.report(reduced.compare(photographs, engine, recipe))


if __name__ == "__main__":
    main()
