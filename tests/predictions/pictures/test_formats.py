"""Every accepted format, under every spelling of its extension."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from predictions.models import Image as StoredImage
from tests.pictures import IMAGES
from tests.predictions.client import predict


def coffee(name, kind, **options):
    content = io.BytesIO()
    with Image.open(IMAGES / "coffee.png") as image:
        image.convert("RGB").save(content, kind, **options)
    return SimpleUploadedFile(name, content.getvalue())


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("coffee.jpg", "JPEG"),
        ("coffee.jpeg", "JPEG"),
        ("coffee.gif", "GIF"),
        ("coffee.webp", "WEBP"),
        ("Tasse à café.PNG", "PNG"),
    ],
)
def test_every_format_is_classified_and_keeps_its_extension_in_lower_case(api, worker, name, kind):
    answer = predict(api, coffee(name, kind)).json()
    assert answer["prediction"] == "espresso"
    assert answer["image_file_name"].endswith("." + name.rpartition(".")[2].lower())
    assert StoredImage.objects.get().format == kind


def test_only_the_first_of_several_pictures_in_a_jpeg_is_classified(api, worker):
    """MPO, as phones write it."""
    other = Image.new("RGB", (600, 400), "blue")
    file = coffee("coffee.jpg", "MPO", save_all=True, append_images=[other])
    with Image.open(io.BytesIO(file.read())) as image:
        assert image.format == "MPO"
    file.seek(0)
    assert predict(api, file).json()["prediction"] == "espresso"
