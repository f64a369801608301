"""`manage.py prepare_model NAME --precision P --calibrate FOLDER`, and what "auto" means."""

import io
import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from PIL import Image as PillowImage
from PIL import ImageOps

from predictions.classifiers import ModelVersion
from predictions.inference import precisions
from predictions.inference.engines import native_precisions
from predictions.inference.preprocessing import RECIPES
from predictions.inference.progress import silent
from predictions.inference.store import ModelStore
from predictions.models import Image, Inference, Prediction
from predictions.pictures.files import store as store_file
from predictions.registry import calibration
from predictions.registry.networks import Network
from predictions.registry.precision import fastest_of, quantised_from
from tests.pictures import IMAGES, upload

LITE = "efficientnet-lite0"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        len(native_precisions()) < 3, reason="this processor has no bf16, or no int8"
    ),
]


@pytest.fixture
def own_store(settings: Any, tmp_path: Path, prepared_models: Path) -> ModelStore:
    settings.MODEL_STORE = shutil.copytree(prepared_models, tmp_path / "models")
    return ModelStore(settings.MODEL_STORE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Views of three that the model is sure of, and a file that is none; of two photographs the
    folder's name says what they show.
    """
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    for name, kind in (
        ("coffee.png", "espresso"),
        ("chelsea.png", "n02123159"),
        ("rocket.jpg", ""),
    ):
        (photographs / kind).mkdir(exist_ok=True)
        with PillowImage.open(IMAGES / name) as file:
            square = ImageOps.fit(file.convert("RGB"), (256, 256))
        for view in (square, ImageOps.mirror(square)):
            for light in (1, 0.9, 0.8, 0.7):
                lit = view.point(lambda level, light=light: level * light)
                lit.save(photographs / kind / f"{name} {light} {view is square}.png")
    shutil.copy(photographs / "rocket.jpg 1 True.png", photographs / "again.png")
    (photographs / "notes.txt").write_text("no picture")
    return photographs


def prepare(precision: str, folder: Path | None = None, said: io.StringIO | None = None) -> str:
    said = said or io.StringIO()
    call_command("prepare_model", LITE, precision=precision, calibrate=folder, stdout=said)
    return said.getvalue()


def test_int8_becomes_a_version_and_is_not_made_again(model, own_store, folder, monkeypatch):
    monkeypatch.setattr(precisions, "MOST_FALL", 0.2)  # of twelve pictures one is eight points
    said = prepare("int8", folder)
    version = ModelVersion.objects.get(precision="int8")
    assert version.version == f"{version.manifest['version']}-int8"
    assert version.version.startswith(model.manifest["version"])
    assert f"{version}, is ready" in said
    assert "prepare_model efficientnet-lite0 --precision int8 --promote" in said
    assert "int8 gives" in said
    assert version.manifest["quantised"]["source"] == "folder"
    assert version.agreement == version.manifest["precisions"]["agreement"]["int8"]
    assert Network.of(version).version == version.manifest["version"]
    assert "Quantising" not in prepare("int8")
    assert ModelVersion.objects.filter(precision="int8").count() == 1


def test_a_folder_is_read_with_the_classes_that_its_folders_name(own_store, folder):
    manifest = own_store.versions(LITE)[0]
    recipe = RECIPES[manifest.recipe]
    pictures = calibration.of_folder(folder, recipe, silent)
    assert (len(pictures.calibration), len(pictures.held_out)) == (12, 12)  # one is there twice
    found = calibration.read_folder(folder, recipe, silent)
    labels = [label for _pixels, label in found.values()]
    assert Counter(labels) == {282: 8, 967: 8, -1: 8}


@pytest.mark.parametrize("what", ["missing", "empty"])
def test_a_folder_without_pictures_is_refused_in_one_sentence(own_store, tmp_path, what):
    folder = tmp_path / "nothing"
    if what == "empty":
        folder.mkdir()
    with pytest.raises(CommandError, match=r"There is no folder|has 0 different pictures"):
        prepare("int8", folder)


def test_without_photographs_int8_comes_with_a_warning(model, own_store, monkeypatch):
    monkeypatch.setattr(calibration, "VIEWS", 8)
    said = io.StringIO()
    with suppress(CommandError):  # as it may be worse by more than a point
        prepare("int8", said=said)
    assert "There are too few photographs here" in said.getvalue()


def test_auto_is_f32_until_there_are_photographs_to_compare_on(model, own_store):
    assert "auto is f32 for now" in prepare("auto")
    assert ModelVersion.objects.get() == model


@pytest.mark.parametrize(
    ("bf16", "int8", "chosen"),
    [(0.99, 0.989, "bf16"), (1, 0.99, "int8"), (0.98, 0.98, "f32"), (0.98, None, "f32")],
)
def test_auto_is_the_fastest_precision_that_gives_enough_of_the_answers(bf16, int8, chosen):
    speeds = {"f32": 10.0, "bf16": 20.0, "int8": 40.0}
    agreement = {"bf16": bf16, "int8": int8}
    if int8 is None:
        del speeds["int8"], agreement["int8"]
    assert fastest_of({"agreement": agreement, "images_per_second": speeds}) == chosen


def test_what_auto_has_chosen_is_kept_and_not_compared_again(model, own_store, folder):
    assert "auto is " in prepare("auto", folder)
    f32 = own_store.get(LITE, model.manifest["version"])
    chosen = f32.precisions["chosen"]
    assert chosen == fastest_of(f32.precisions)
    assert set(f32.precisions["agreement"]) == {"bf16", "int8"}
    there = quantised_from(f32, own_store)
    assert (there is not None) == (f32.precisions["agreement"]["int8"] >= 0.99)
    version = ModelVersion.objects.get(precision=chosen)
    assert version.manifest["precisions"] == f32.precisions
    assert "Reading" not in prepare("auto")


def test_pictures_of_people_who_agreed_are_compared_on_where_there_are_enough(
    model, own_store, monkeypatch, user
):
    names = [str(path.relative_to(IMAGES)) for path in sorted(IMAGES.rglob("*.jpg"))][:13]
    monkeypatch.setattr(calibration, "ENOUGH", 12)
    for number, name in enumerate(names[:12]):
        keep(name, user, model, agreed=number > 0)
    prepare("bf16")
    assert ModelVersion.objects.get(precision="bf16").agreement is None  # 11 had agreed
    keep(names[12], user, model, agreed=True)
    prepare("bf16")
    version = ModelVersion.objects.get(precision="bf16")
    assert version.manifest["precisions"]["source"] == "server"
    assert version.manifest["precisions"]["pictures"] == 6


def keep(name: str, user: Any, model: ModelVersion, *, agreed: bool) -> None:
    sent = upload(name)
    image = Image(
        sha256=sent.sha256, md5=sent.md5, format="JPEG", width=1, height=1, size=sent.size
    )
    store_file(image, sent)
    image.save()
    inference = Inference.objects.create(image=image, model_version=model)
    Prediction.objects.create(
        user=user, image=image, inference=inference, file_name=name, may_improve=agreed
    )


def test_tensorflow_computes_in_f32_alone(model, own_store, settings):
    settings.CLASSIFIER_ENGINE = "tensorflow"
    with pytest.raises(CommandError, match="computes in f32, not in int8"):
        prepare("int8")
    prepare("auto")
    assert ModelVersion.objects.get() == model
