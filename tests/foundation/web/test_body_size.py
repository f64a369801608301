import gzip

import pytest
import requests
from django.test.client import BOUNDARY, MULTIPART_CONTENT, FakePayload, encode_multipart

from tests.foundation.web.test_errors import assert_one_sentence, assert_page
from tests.pictures import photograph

MEGABYTE = 1024 * 1024


@pytest.mark.parametrize("path", ["/login", "/users", "/feedback"])
def test_a_large_body_without_files_is_413(anonymous, db, path):
    response = anonymous.post(path, {"username": "x" * MEGABYTE})

    assert_one_sentence(response, 413)
    assert "1,048,576 bytes" in response.json()["detail"]


def test_a_large_field_beside_files_is_413(anonymous, db):
    assert_one_sentence(anonymous.post("/login", {"username": "x" * MEGABYTE}, "multipart"), 413)


def test_a_too_large_body_is_refused_before_it_is_read(client, db):
    response = client.generic("POST", "/login", "{}", "application/json", CONTENT_LENGTH=2**40)

    assert_one_sentence(response, 413)


def test_an_invalid_content_length_is_400(client, db):
    response = client.generic("POST", "/login", "{}", "application/json", CONTENT_LENGTH="much")

    assert_one_sentence(response, 400)


def test_too_many_fields_are_400(anonymous, db):
    form = "&".join(f"field{number}=1" for number in range(3000))

    response = anonymous.post("/login", form, content_type="application/x-www-form-urlencoded")

    assert_one_sentence(response, 400)


def test_a_too_large_body_gets_an_html_error_on_pages(client, db):
    form = f"username={'x' * MEGABYTE}"

    response = client.post("/accounts/login", form, "application/x-www-form-urlencoded")

    assert_page(response, 413)


@pytest.mark.parametrize("charset", ["rot13", "base64", "idna", "utf-16", "nonsense"])
@pytest.mark.parametrize("path", ["/login", "/accounts/login", "/model/predict"])
def test_an_unsupported_charset_is_415(client, db, path, charset):
    for content_type in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        response = client.generic(
            "POST", path, b"--x--", content_type=f"{content_type}; charset={charset}"
        )
        assert response.status_code == 415


@pytest.mark.parametrize("charset", ["hex", "rot13", "punycode", "idna"])
def test_the_charset_is_ignored_without_a_body(serve, charset):
    headers = {"Content-Type": f"text/plain; charset={charset}"}
    address = f"{serve()}/model/labels?search=%FF"
    assert requests.get(address, headers=headers, timeout=20).status_code == 401
    odd = {"Content-Type": "text/plain; x*=nope''x"}
    assert requests.get(address, headers=odd, timeout=20).status_code == 401
    refused = requests.post(address, "x=1", headers=headers, timeout=20)
    assert (refused.status_code, refused.json()["detail"]) == (415, "Send text in UTF-8.")


@pytest.mark.parametrize("charset", ["UTF-8", "utf8", "us-ascii", "ISO-8859-1", "windows-1252", ""])
def test_utf_8_is_accepted(client, db, charset):
    form = "username=ada&password=x"
    content_type = f"application/x-www-form-urlencoded; charset={charset}"
    assert client.generic("POST", "/login", form, content_type=content_type).status_code == 401


@pytest.mark.parametrize("path", ["/login", "/users", "/", "/accounts/login"])
def test_anonymous_uploads_are_not_stored(client, db, path):
    """Refused by its length: nothing of it is read."""
    body = FakePayload(b"x")
    response = client.generic(
        "POST",
        path,
        b"x",
        content_type="multipart/form-data; boundary=x",
        **{"CONTENT_LENGTH": str(30 * MEGABYTE), "wsgi.input": body},
    )
    assert response.status_code == 413
    assert body.read() == b"x"


@pytest.mark.parametrize("path", ["/login", "/model/predict"])
def test_a_chunked_body_is_411(client, db, path):
    """Django would take it for none, and the sender be told that there is no file."""
    response = client.post(path, headers={"Transfer-Encoding": "chunked"})

    assert_one_sentence(response, 411)
    assert "Content-Length" in response.json()["detail"]


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "gzip, identity"])
@pytest.mark.parametrize("path", ["/login", "/model/predict", "/accounts/login"])
def test_a_compressed_body_is_415(client, db, path, encoding):
    """Parsed as it is, it would be called broken JSON."""
    response = client.generic(
        "POST",
        path,
        gzip.compress(b'{"username": "ada@example.com", "password": "x"}'),
        content_type="application/json",
        headers={"Content-Encoding": encoding},
    )
    assert response.status_code == 415
    assert response["Accept-Encoding"] == "identity"
    assert "Send the body without Content-Encoding" in response.content.decode()


def test_content_encoding_identity_is_accepted(client, db):
    response = client.post(
        "/login",
        '{"username": "ada@example.com", "password": "x"}',
        content_type="application/json",
        headers={"Content-Encoding": "identity"},
    )
    assert response.status_code == 401


class TestTypesInMixedCase:
    KIND = MULTIPART_CONTENT.replace("multipart/form-data", "Multipart/Form-Data")

    def test_a_picture_for_the_api(self, api, model):
        body = encode_multipart(BOUNDARY, {"file": photograph()})
        response = api.generic("POST", "/model/predictions", body, content_type=self.KIND)
        assert response.status_code == 202

    def test_a_picture_from_a_page(self, page, model):
        body = encode_multipart(BOUNDARY, {"file": photograph()})
        response = page.generic("POST", "/history/cards", body, content_type=self.KIND)
        assert response.status_code == 201

    def test_a_form_for_the_api(self, anonymous, db):
        kind = "Application/X-WWW-Form-Urlencoded; charset=UTF-8"
        response = anonymous.generic("POST", "/login", "username=a@b.org&password=x", kind)
        assert response.status_code == 401
