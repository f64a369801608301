"""Every accepted format, under every spelling of its extension."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from predictions.models import Image as StoredImage
from tests import stills
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


@pytest.mark.parametrize(
    ("name", "kind"), [("IMG_1.HEIC", "HEIF"), ("cup.heif", "HEIF"), ("cup.avif", "AVIF")]
)
def test_what_phones_send_is_classified(api, worker, name, kind):
    content = stills.read("coffee.avif" if kind == "AVIF" else "coffee.heic")
    answer = predict(api, SimpleUploadedFile(name, content)).json()
    assert answer["prediction"] == "espresso"
    assert answer["image_file_name"].endswith("." + name.rpartition(".")[2].lower())
    image = StoredImage.objects.get()
    assert (image.format, image.width, image.height) == (kind, 240, 160)
    assert image.is_intact()


def test_a_name_that_says_another_format_is_refused(api, model):
    for name, content in (("cup.heic", "coffee.avif"), ("cup.jpg", "coffee.heic")):
        answer = predict(api, SimpleUploadedFile(name, stills.read(content)))
        assert answer.status_code == 400
        assert "The file name says" in answer.json()["detail"]


def test_only_the_first_of_several_pictures_in_a_jpeg_is_classified(api, worker):
    """MPO, as phones write it."""
    other = Image.new("RGB", (600, 400), "blue")
    file = coffee("coffee.jpg", "MPO", save_all=True, append_images=[other])
    with Image.open(io.BytesIO(file.read())) as image:
        assert image.format == "MPO"
    file.seek(0)
    assert predict(api, file).json()["prediction"] == "espresso"


def test_an_animated_png_is_classified_by_its_first_frame_and_not_by_its_notice(api, worker):
    """Which browsers without animation show."""
    with Image.open(IMAGES / "coffee.png") as image:
        cup = image.convert("RGB").resize((300, 200))
    notice, content = Image.new("RGB", cup.size, (200, 0, 0)), io.BytesIO()
    frames = [cup, cup.rotate(180)]
    notice.save(content, "PNG", save_all=True, default_image=True, append_images=frames)
    file = SimpleUploadedFile("cup.png", content.getvalue())
    assert predict(api, file).json()["prediction"] == "espresso"


def test_a_photograph_whose_xmp_alone_says_that_it_is_turned_is_classified_as_it_is(api, worker):
    """Browsers do not look there."""
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )
    plain = predict(api, coffee("coffee.jpg", "JPEG", quality=90)).json()
    answer = predict(api, coffee("turned.jpg", "JPEG", quality=90, xmp=xmp)).json()
    assert answer["prediction"] == plain["prediction"] == "espresso"
    assert answer["score"] == plain["score"]
    image = StoredImage.objects.order_by("pk").last()
    assert (image.width, image.height) == (600, 400)
