"""Rejected files get a 4xx or 503 with the reason, and nothing of them is stored."""

import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from predictions.models import Image, Inference, Prediction
from predictions.throttles import PredictThrottle
from tests.pictures import photograph, picture
from tests.predictions.client import predict
from tests.predictions.versions import without_champion


def file(name, content):
    return SimpleUploadedFile(name, content)


def png_of_size(width, height):
    """What a PNG of this size begins with (PNG specification, sections 5.2, 11.2.1, 11.2.3)."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))))
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


PNG = picture().read()
UNREADABLE = "The content of the file is not a readable image."
REFUSED = {
    "text": (file("notes.txt", b"hello"), "File type is not supported."),
    "no ending": (file("coffee", PNG), "File type is not supported."),
    "two endings": (file("coffee.png.exe", PNG), "File type is not supported."),
    "a kind that is not served": (file("coffee.bmp", b"BM"), "File type is not supported."),
    "over 10 MB": (file("big.png", PNG + bytes(10 * 1024 * 1024)), "File too large"),
    "empty": (file("empty.png", b""), "The file is empty."),
    "text called a picture": (file("notes.png", b"hello"), UNREADABLE),
    "the first bytes of a picture": (file("cut.png", PNG[:20]), UNREADABLE),
    "an SVG": (file("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), UNREADABLE),
    "another kind than its name says": (
        file("coffee.jpg", PNG),
        "The file name says JPEG, but the content is PNG.",
    ),
    "many pixels": (
        file("wide.png", png_of_size(10_000, 10_000)),
        "The picture has too many pixels: 10000 × 10000. The limit is 50,000,000.",
    ),
    "a decompression bomb": (
        file("bomb.png", png_of_size(100_000, 100_000)),
        "The picture has too many pixels: 100000 × 100000. The limit is 50,000,000.",
    ),
}


@pytest.fixture(autouse=True)
def nothing_is_kept(model, media):
    yield
    assert not media()
    assert not Image.objects.exists()
    assert not Inference.objects.exists()
    assert not Prediction.objects.exists()


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_file_gets_400_with_the_reason(api, name):
    upload, detail = REFUSED[name]
    upload.seek(0)
    response = predict(api, upload)
    assert response.status_code == 400
    assert response.json()["detail"] == detail


def test_a_file_of_ten_megabytes_is_not_too_large(api, settings):
    """The limit itself: the file is refused for what is in it, no longer for its size."""
    response = predict(api, file("zeros.png", bytes(settings.MAX_FILE_BYTES)))
    assert response.json()["detail"] == UNREADABLE


def test_the_limit_of_pixels_is_a_setting(api, settings):
    settings.MAX_PIXELS = 32 * 24 - 1
    assert "32 × 24" in predict(api, picture()).json()["detail"]


def test_a_limit_is_written_as_the_language_writes_numbers(page, settings):
    page.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    response = page.post("/history/cards", {"file": picture(size=(16_385, 1))})
    assert response.status_code == 413
    assert "El límite de cada lado es de 16 384 píxeles." in response.content.decode().replace(
        "\N{NO-BREAK SPACE}", " "
    )


@pytest.mark.parametrize("path", ["/model/predict", "/model/predictions"])
def test_a_request_without_a_file_gets_400(api, path):
    for form in ({}, {"file": "just text"}, {"picture": photograph()}):
        response = api.post(path, form, format="multipart")
        assert response.status_code == 400
        assert response.json()["detail"] == "No file provided"


def test_a_request_with_two_files_gets_400(api):
    response = api.post("/model/predict", {"file": [picture("red"), picture("blue")]}, "multipart")
    assert response.status_code == 400
    assert response.json()["detail"] == "Send one file here; POST /model/predictions takes many."


@pytest.mark.parametrize("path", ["/model/predict", "/model/predictions"])
def test_json_instead_of_a_form_gets_415(api, path):
    response = api.post(path, {"file": "aGVsbG8="})
    assert response.status_code == 415
    assert "detail" in response.json()


def test_a_get_request_gets_405(api):
    response = api.get("/model/predict")
    assert response.status_code == 405
    assert response.json()["detail"] == 'Method "GET" not allowed.'
    assert response["Allow"] == "POST, OPTIONS"


def test_a_broken_form_gets_400(api):
    response = api.generic(
        "POST", "/model/predict", b"--x\r\nnonsense", "multipart/form-data; boundary="
    )
    assert response.status_code == 400
    assert "detail" in response.json()


def test_a_picture_gets_503_when_there_is_no_model(api, model):
    without_champion(model)
    response = predict(api)
    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert "prepare_model" in response.json()["detail"]


def test_a_picture_gets_503_when_the_queue_is_full(api, settings):
    settings.QUEUE_LIMIT = 0
    response = predict(api)
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json() == {
        "detail": "Too many pictures are waiting. Try again in a few seconds.",
        "code": "queue_full",
    }


def test_a_person_who_sends_too_fast_gets_429(api, monkeypatch):
    monkeypatch.setattr(PredictThrottle, "THROTTLE_RATES", {"predict": "1/min"})
    assert predict(api, file("notes.txt", b"hello")).status_code == 400
    response = predict(api, file("notes.txt", b"hello"))
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
