"""Photographs to quantise a model with, and to compare precisions on."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import numpy as np
from django.conf import settings
from PIL import Image as PillowImage

from foundation.storage.lasting import StorageUnreachable
from predictions import consent
from predictions.inference import pictures
from predictions.inference.errors import PrecisionRefused
from predictions.inference.labels import by_text, labels
from predictions.inference.limits import UnreadableImage, measure
from predictions.inference.precisions import Pictures
from predictions.inference.preprocessing import Recipe, preprocess
from predictions.inference.progress import Progress
from predictions.models import Image

MOST = 1000  # pictures that are read
CALIBRATING = 300  # at most, as NNCF does by itself; the others are held out
LEAST = 20  # of a folder
ENOUGH = 200  # of the server's: fewer are those of one day, or of one person
VIEWS = 400
SYNTHETIC = (
    "There are too few photographs here to calibrate with, so {title} is quantised with views of a "
    "single one, which says little about yours. Quantise it with photographs like those that it "
    "will classify: --calibrate FOLDER"
)

Reader = Callable[[], bytes]
# What a model sees, and its class or -1, by the hash of its file.
Found = dict[bytes, tuple[np.ndarray, int]]


def of_folder(folder: Path, recipe: Recipe, progress: Progress) -> Pictures:
    """Those in a folder and below it. Raises `PrecisionRefused` if there are too few."""
    if not folder.is_dir():
        raise PrecisionRefused(f"There is no folder {folder} to calibrate with.")
    found = read_folder(folder, recipe, progress)
    if len(found) < LEAST:
        raise PrecisionRefused(
            f"{folder} has {len(found)} different pictures that can be read; at least {LEAST} are "
            "needed, and some hundreds are better."
        )
    return divided(found, "folder")


def read_folder(folder: Path, recipe: Recipe, progress: Progress) -> Found:
    """Where a folder has the name of a class (its name, WordNet synset or number), that is what its
    pictures show.
    """
    classes = by_text(labels()) | {str(label.index): label for label in labels()}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    chosen = [
        (path.read_bytes, classes[path.parent.name].index if path.parent.name in classes else -1)
        for path in evenly(files)
    ]
    return decoded(chosen, len(chosen), recipe, progress)


def of_server(recipe: Recipe, progress: Progress) -> Pictures | None:
    """A random sample of those whose senders agreed that they improve the service, or None if these
    are few.
    """
    agreed = Image.objects.filter(consent.sent(), ~consent.withheld())
    # By a hash, so a sample that nobody chooses, and the same each time.
    images = list(agreed.order_by("sha256")[:MOST])
    if len(images) < ENOUGH:
        return None

    def reader(image: Image) -> Reader:
        def read() -> bytes:
            with image.file.open("rb") as file:
                content: bytes = file.read()
                return content

        return read

    found = decoded(((reader(image), -1) for image in images), len(images), recipe, progress)
    return divided(found, "server") if len(found) >= ENOUGH else None


def synthetic(recipe: Recipe) -> Pictures:
    """Views of the example on the start page: parts of it, in other colours and turned.

    What layers give for noise is so unlike what they give for photographs that a model calibrated
    with noise was right in a quarter of its answers; with these it was as good as with photographs.
    """
    with PillowImage.open(settings.BASE_DIR / "static/coffee.jpg") as file:
        photograph = file.convert("RGB")
    random = np.random.default_rng(seed=8)
    found = {}
    for number in range(VIEWS):
        side = float(random.uniform(0.15, 1)) * min(photograph.size)
        left, top = (float(random.uniform(0, whole - side)) for whole in photograph.size)
        part = photograph.resize((320, 320), box=(left, top, left + side, top + side))
        colours = np.asarray(part.rotate(90 * int(random.integers(4))), np.float32)
        colours = colours[..., random.permutation(3)]
        if random.random() < 0.3:
            colours = 255 - colours
        colours = (colours - 128) * random.uniform(0.5, 1.5) + 128 + random.uniform(-60, 60)
        view = PillowImage.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
        found[sha256(str(number).encode()).digest()] = (preprocess(view, recipe), -1)
    return divided(found, "synthetic")


def decoded(
    readers: Iterable[tuple[Reader, int]], total: int, recipe: Recipe, progress: Progress
) -> Found:
    """Of each different picture; what is no picture, is gone, or exceeds the limits is left out."""
    found: Found = {}
    for number, (read, label) in enumerate(readers):
        progress("Reading photographs", number, total)
        try:
            content = read()
            measured = measure(content, max_pixels=settings.MAX_PIXELS)
            image = pictures.decode(content, measured, recipe.least_side)
        except StorageUnreachable:
            raise
        except (UnreadableImage, OSError):
            continue
        found[sha256(content).digest()] = (preprocess(image, recipe), label)
    return found


def divided(found: Found, source: str) -> Pictures:
    """Every second one to calibrate with; all others are held out."""
    mixed = [found[key] for key in sorted(found)]  # whatever folders they came from
    calibration = mixed[::2][:CALIBRATING]
    held_out = mixed[1::2] + mixed[::2][CALIBRATING:]
    return Pictures(
        np.stack([pixels for pixels, _label in calibration]),
        np.stack([pixels for pixels, _label in held_out]),
        np.array([label for _pixels, label in held_out]),
        source,
    )


def evenly(files: list[Path]) -> list[Path]:
    """As many as are read, from all parts of the list."""
    if len(files) <= MOST:
        return files
    return [files[number * len(files) // MOST] for number in range(MOST)]
