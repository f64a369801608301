"""The box on the page that asks to leave out place, camera and the like."""

import io

from predictions.models import Image as StoredImage
from predictions.models import Prediction
from predictions.pictures.uploads import PictureUpload
from tests.pictures import IMAGES, photograph
from tests.predictions.pictures.test_metadata import SECRET, telling


def test_a_file_sent_without_the_option_is_stored_unchanged(page, model):
    page.post("/", {"file": [photograph("coffee.png"), photograph("rocket.jpg")]})
    stored = {image.file.read() for image in StoredImage.objects.all()}
    assert stored == {(IMAGES / name).read_bytes() for name in ("coffee.png", "rocket.jpg")}


def test_a_file_sent_with_the_option_is_stored_without_metadata(page, model):
    told = telling("JPEG")
    file = io.BytesIO(told)
    file.name = "told.jpg"
    page.post("/history/cards", {"file": file, "without_metadata": "on"})
    image = Prediction.objects.get().image
    assert SECRET.encode() not in image.file.read()
    assert image.sha256 != PictureUpload.of(told, "told.jpg").sha256
