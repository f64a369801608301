"""Weights with another recipe are another version, and the old version still answers."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from predictions.inference.engines import load_engine
from predictions.inference.labels import labels
from predictions.inference.pictures import open_image
from predictions.inference.ranking import top_k
from predictions.inference.selection import choose
from predictions.inference.store import Manifest, ModelStore

LITE, TODAY = "efficientnet-lite0", "57934424.5"
FIRST, SECOND, THIRD = "57934424", "57934424.2", "57934424.3"
RECIPES = {
    FIRST: "crop-bicubic-unit",
    SECOND: "crop-bicubic-simd-unit",
    THIRD: "crop-bicubic-simd-srgb-unit",
}


@pytest.fixture
def grown_store(store: ModelStore, lite: Manifest, tmp_path: Path) -> ModelStore:
    """The store of an installation from the times of the recipes before."""
    grown = ModelStore(tmp_path / "models")
    for version, recipe in RECIPES.items():
        folder = grown.path(LITE, version)
        shutil.copytree(store.path(LITE, lite.version), folder)
        manifest = folder / "manifest.json"
        content = json.loads(manifest.read_text()) | {"version": version, "recipe": recipe}
        manifest.write_text(json.dumps(content))
    return grown


def score(store: ModelStore, version: str, picture: Path) -> float:
    engine = load_engine("openvino", store.path(LITE, version))
    image = open_image(picture.read_bytes(), least_side=engine.recipe.least_side)
    pixels = engine.preprocess(image)[np.newaxis]
    return round(top_k(engine.predict(pixels)[0][0], labels())[0].score, 4)


@pytest.mark.parametrize("asked", [LITE, "auto"])
def test_an_installation_with_older_recipes_gets_that_of_today_and_keeps_all(
    grown_store: ModelStore, images: Path, asked: str
) -> None:
    manifest = choose(asked, grown_store)
    assert (manifest.version, manifest.recipe) == (TODAY, "crop-bicubic-simd-srgb-reduced-unit")
    assert {found.version for found in grown_store.versions(LITE)} == {*RECIPES, TODAY}
    # A picture of before is answered as before, by whoever still asks that version.
    assert score(grown_store, FIRST, images / "coffee.png") == 0.9511
    assert score(grown_store, SECOND, images / "coffee.png") == 0.9505
    assert score(grown_store, THIRD, images / "coffee.png") == 0.9505
    assert score(grown_store, TODAY, images / "coffee.png") == 0.9505


def test_without_the_simd_library_a_recipe_without_it_is_used_and_one_with_it_not_loaded(
    store: ModelStore, lite: Manifest
) -> None:
    code = """if True:
        import sys; from pathlib import Path
        sys.modules["cykooz_resizer"] = None
        from predictions.inference.architectures import EFFICIENTNET_LITE0 as lite
        from predictions.inference.engines import load_engine
        print(lite.recipe, lite.version("57934424" + 56 * "0"))
        try:
            load_engine("openvino", Path(sys.argv[1]))
        except Exception as error:
            print(type(error).__name__, error)
    """
    folder = store.path(LITE, lite.version)
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    first, second = done.stdout.splitlines()
    assert first == f"crop-bicubic-srgb-reduced-unit {FIRST}.6"
    assert second.startswith(f"ModelNotPrepared The model in {folder} needs the Python package cyk")
