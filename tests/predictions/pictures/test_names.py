"""A file is never lost for its name, however a client writes it."""

import io
from base64 import b64encode
from urllib.parse import quote

import pytest
from PIL import Image as Pillow

from predictions.models import Image, Prediction
from tests.pictures import IMAGES, picture

COFFEE = (IMAGES / "coffee.png").read_bytes()  # 466 kB: arrives in several chunks
SMALL = picture().read()
CHINESE = "照" * 90 + ".jpg"


def part(headers: bytes, content: bytes) -> bytes:
    return b"--x\r\nContent-Disposition: form-data; " + headers + b"\r\n\r\n" + content + b"\r\n"


def named(name: bytes, content: bytes = COFFEE) -> bytes:
    headers = b'name="file"; filename="' + name + b'"\r\nContent-Type: application/octet-stream'
    return part(headers, content)


def jpeg(colour="red") -> bytes:
    return picture(colour, "red.jpg").read()


def send(client, *parts, path="/model/predictions"):
    body = b"".join(parts) + b"--x--\r\n"
    return client.generic("POST", path, body, "multipart/form-data; boundary=x")


def accepted(response):
    assert response.status_code == 202, response.content
    assert "refused" not in {entry["status"] for entry in response.json()}, response.json()
    return [entry["file_name"] for entry in response.json()]


@pytest.mark.parametrize("content", [SMALL, COFFEE], ids=["small", "large"])
def test_a_name_in_latin_1_loses_no_file(api, model, content):
    assert accepted(send(api, named(b"caf\xe9.png", content))) == ["café.png"]


@pytest.mark.parametrize("content", [SMALL, COFFEE], ids=["small", "large"])
def test_a_name_in_latin_1_does_not_harm_the_others_of_its_request(api, model, content):
    parts = [named(b"one.png"), named(b"caf\xe9.png", content), named("drei–.png".encode())]
    assert accepted(send(api, *parts)) == ["one.png", "café.png", "drei–.png"]


def test_a_single_picture_with_a_name_in_latin_1_is_recorded(api, model):
    body = named(b"caf\xe9.png") + b"--x--\r\n"
    response = api.generic(
        "POST",
        "/model/predict",
        body,
        "multipart/form-data; boundary=x",
        HTTP_PREFER="respond-async",
    )
    assert response.status_code == 202
    assert response.json()["file_name"] == "café.png"


def test_a_long_name_written_twice_as_dotnet_does_is_accepted(api, model):
    encoded = b"=?utf-8?B?" + b64encode(CHINESE.encode()) + b"?="
    both = encoded + b"\"; filename*=utf-8''" + quote(CHINESE).encode()
    whole = named(both).replace(b'.jpg"\r\n', b".jpg\r\n")  # the second stands without quotes
    assert len(whole.partition(b"\r\n\r\n")[0]) > 1024
    (entry,) = send(api, whole).json()
    assert entry["file_name"] == CHINESE
    assert entry["detail"] == "The file name says JPEG, but the content is PNG."


def test_a_name_encoded_for_mails_is_decoded(api, model):
    encoded = b"=?utf-8?B?" + b64encode("Größe/照片.png".encode()) + b"?="
    assert accepted(send(api, named(encoded))) == ["照片.png"]


@pytest.mark.parametrize(
    "second", [b"nonsense''%ff", b"utf-7''2AA-.png", b"idna''%ff%fe", b"utf-8''%ff.png"]
)
def test_an_undecodable_second_name_loses_no_file(api, model, second):
    whole = named(b'one.png"; filename*=' + second).replace(second + b'"', second)
    assert len(accepted(send(api, whole, named(b"two.png", SMALL)))) == 2


@pytest.mark.parametrize("name", [b"", b".", b"..", b"folder/", b"\x01", b" ", b"blob"])
def test_a_file_without_a_name_is_told_by_its_content(api, model, name):
    accepted(send(api, named(name, COFFEE)))
    assert Image.objects.get().format == "PNG"
    found = Prediction.objects.get()
    assert found.file_name == "blob"
    assert found.image_file_name == f"{found.image.md5}.png"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_part_without_any_name_is_a_file_if_it_is_no_text(api, model, kind):
    content = io.BytesIO()
    Pillow.new("RGB", (300, 500), "red").save(content, kind)
    accepted(send(api, part(b'name="file"', content.getvalue())))
    assert Image.objects.get().format == kind


@pytest.mark.parametrize("name", [b"one.png ", b"one.png.", b"one.png'", b'one.png" . '])
def test_what_stands_behind_a_name_loses_no_file(api, model, name):
    assert accepted(send(api, named(name))) == ["one.png"]


def test_a_quote_that_is_never_opened_loses_no_file(api, model):
    assert accepted(send(api, named(b"one.png").replace(b'"one', b"one"))) == ["one.png"]


@pytest.mark.parametrize("name", [b"red.jfif", b"red.JPE", b"\x95\x5c.jpg"])
def test_other_endings_of_jpegs_are_accepted(api, model, name):
    """The last is Shift JIS for a table, whose second byte looks like a folder's end."""
    accepted(send(api, named(name, jpeg())))
    found = Prediction.objects.get()
    ending = name.decode("latin-1").rpartition(".")[2].lower()
    assert found.image_file_name == f"{found.image.md5}.{ending}"


def test_a_known_picture_without_a_name_has_the_ending_of_its_kind(api, user, ask):
    ask(user)
    response = send(api, named(b"blob"), path="/model/predict").json()
    assert response["cached"] is True
    assert response["image_file_name"].endswith(".png")


@pytest.mark.parametrize(
    ("name", "content", "detail"),
    [
        (b"blob", b"%PDF-1.7\0", "File type is not supported."),
        (b"", b"hello", "File type is not supported."),
        (b"coffee", COFFEE, "File type is not supported."),
        (b"coffee.bmp", COFFEE, "File type is not supported."),
        (b"coffee.jfif", COFFEE, "The file name says JPEG, but the content is PNG."),
        (b"blob", COFFEE[:20], "The content of the file is not a readable image."),
    ],
)
def test_other_kinds_of_files_are_refused_as_before(api, model, name, content, detail):
    response = send(api, named(name, content), path="/model/predict")
    assert response.status_code == 400
    assert response.json()["detail"] == detail


def test_a_form_without_a_chosen_file_has_none(api, page, model):
    """A browser sends a part with an empty name for it."""
    response = send(api, named(b"", b""), path="/model/predict")
    assert response.json()["detail"] == "No file provided"
    assert "Choose a picture first." in send(page, named(b"", b""), path="/").content.decode()


def test_headers_beyond_the_limit_get_400(api, model):
    response = send(api, named(b"a" * 9000 + b".png"))
    assert response.status_code == 400
    assert "headers of a part are too large" in response.json()["detail"]


def test_pages_accept_the_same_names(page, user, model):
    parts = [named(b"caf\xe9.png"), named(b"", jpeg()), named(CHINESE.encode(), jpeg("blue"))]
    assert send(page, *parts, path="/").status_code == 302
    names = set(user.predictions.values_list("file_name", flat=True))
    assert names == {"café.png", "blob", CHINESE}


def test_a_part_without_a_disposition_does_not_harm_the_next(api, model):
    stray = b"--x\r\nContent-Type: image/png\r\n\r\n" + COFFEE + b"\r\n"
    assert accepted(send(api, stray, named(b"two.png", SMALL))) == ["two.png"]
