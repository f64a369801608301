"""A passkey is made for the site's own address, whatever address the request named."""

import json
import re

import pytest
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

ADD = "/accounts/two-factor/passkey"
FLAGS = AuthenticatorData.FLAG


@pytest.fixture
def page(page_for, ada, settings):
    settings.ALLOWED_HOSTS = ["localhost", "[::1]", "classifier.example.org"]
    return page_for(ada)


@pytest.fixture
def options(page):
    """What the page asks the device for, sent to this host."""

    def options(host):
        html = page.get(ADD, headers={"Host": host}).content.decode()
        return json.loads(re.search(r'id="passkey-options"[^>]*>(.*?)</script>', html)[1])

    return options


@pytest.fixture
def add(page, ada, options):
    """Has a device of this origin answer; whether the site took the passkey."""

    def add(host, origin):
        asked = options(host)
        key = ES256({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)})
        attested = AttestedCredentialData.create(Aaguid.NONE, b"key", key)
        data = AuthenticatorData.create(
            sha256(asked["rp"]["id"].encode()), FLAGS.UP | FLAGS.UV | FLAGS.AT, 0, attested
        )
        client = CollectedClientData.create("webauthn.create", asked["challenge"], origin)
        answer = {
            "id": websafe_encode(b"key"),
            "rawId": websafe_encode(b"key"),
            "type": "public-key",
            "response": {
                "clientDataJSON": websafe_encode(client),
                "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
            },
        }
        form = {"name": "key", "credential": json.dumps(answer)}
        page.post(ADD, form, headers={"Host": host})
        return ada.passkeys.exists()

    return add


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", "localhost"),
        ("LOCALHOST:8000", "localhost"),
        ("[::1]:8000", "::1"),
        ("[::1]", "::1"),
    ],
)
def test_without_site_url_a_passkey_belongs_to_the_host_of_the_request(options, host, name):
    assert options(host)["rp"]["id"] == name


@pytest.mark.parametrize(
    ("origin", "is_taken"),
    [
        ("http://localhost:8000", True),
        ("http://localhost:6666", False),
        ("https://localhost:8000", False),
        ("http://evil.localhost:8000", False),
    ],
)
def test_a_response_for_another_origin_is_refused(add, origin, is_taken):
    assert add("localhost:8000", origin) is is_taken


@pytest.mark.parametrize("host", ["localhost:8000", "classifier.example.org"])
def test_with_site_url_a_passkey_belongs_to_its_host(options, settings, host):
    settings.SITE_URL = "https://Classifier.example.org:8443"
    assert options(host)["rp"]["id"] == "classifier.example.org"


def test_the_origin_omits_the_default_port(add, settings):
    settings.SITE_URL = "https://classifier.example.org:443"
    assert add("localhost:8000", "https://classifier.example.org")


@pytest.mark.parametrize(
    ("origin", "is_taken"),
    [("https://classifier.example.org:8443", True), ("http://localhost:8000", False)],
)
def test_with_site_url_a_response_for_another_origin_is_refused(add, settings, origin, is_taken):
    settings.SITE_URL = "https://classifier.example.org:8443"
    assert add("localhost:8000", origin) is is_taken
