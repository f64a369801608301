"""HEIC and AVIF in data sets: imported, and exported again as they were."""

from hashlib import sha256

from predictions.models import Image
from tests import stills
from tests.learning.data_sets.conftest import ESPRESSO, opened
from tests.learning.data_sets.test_import import reasons, zipped


def test_what_phones_take_is_imported_and_exported(bring, export):
    contents = {name: stills.read(f"coffee.{name}") for name in ("heic", "avif")}
    rows = [(f"{name}.{name}", ESPRESSO, "espresso") for name in contents]
    brought = bring(zipped(*rows, **contents))
    assert (brought.added, reasons(brought)) == (2, {})
    assert {image.format for image in Image.objects.all()} == {"HEIF", "AVIF"}
    archive = opened(export())
    for ending, content in contents.items():
        [name] = [name for name in archive.namelist() if name.endswith("." + ending)]
        assert name.endswith(f"/{sha256(content).hexdigest()}.{ending}")
        assert archive.read(name) == content
