"""The bundled model classifies the test photographs correctly, on either engine."""

from pathlib import Path

import numpy as np
import pytest

from predictions.inference.engines import Engine
from predictions.inference.labels import labels
from predictions.inference.pictures import open_image
from predictions.inference.ranking import Ranked, top_k

CATS = {"tiger_cat", "Egyptian_cat", "tabby"}


def classify(engine: Engine, path: Path) -> list[Ranked]:
    batch = engine.preprocess(open_image(path.read_bytes()))[np.newaxis]
    probabilities, _ = engine.predict(batch)
    return top_k(probabilities[0], labels())


@pytest.mark.parametrize("kind", ["openvino", "tensorflow"])
def test_the_photograph_of_chelsea_is_classified_as_a_cat(
    engines: dict[str, Engine], images: Path, kind: str
) -> None:
    answer = classify(engines[kind], images / "chelsea.png")
    assert {ranked.label.name for ranked in answer[:3]} == CATS


@pytest.mark.parametrize("kind", ["openvino", "tensorflow"])
def test_the_photograph_of_coffee_is_classified_as_espresso(
    engines: dict[str, Engine], images: Path, kind: str
) -> None:
    best = classify(engines[kind], images / "coffee.png")[0]
    assert best.label.name == "espresso"
    assert best.score == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("kind", ["openvino", "tensorflow"])
def test_the_photograph_of_a_rocket_is_classified_as_a_missile(
    engines: dict[str, Engine], images: Path, kind: str
) -> None:
    best = classify(engines[kind], images / "rocket.jpg")[0]
    assert best.label.name == "missile"
