"""The site as an app on a phone: manifest, icons and what the phone's share menu sends."""

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from predictions.models import Prediction
from tests.pictures import photograph


@pytest.fixture
def manifest(client, db):
    response = client.get("/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    return response.json()


def test_every_page_names_the_manifest(client, db):
    page = client.get("/accounts/login").content.decode()
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page


def test_the_icons_have_the_sizes_that_the_manifest_names(manifest):
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        name, ending = icon["src"].removeprefix("/static/").split(".", 1)
        path = finders.find(f"{name}.{ending.split('.')[-1]}")
        with Image.open(path) as image:
            assert "{}x{}".format(*image.size) == icon["sizes"]


def test_a_maskable_icon_is_opaque_to_its_edges():
    with Image.open(finders.find("icons/maskable-512.png")) as image:
        assert image.convert("RGBA").getextrema()[3] == (255, 255)


def test_the_manifest_is_in_the_language_of_the_phone(client, db):
    manifest = client.get("/manifest.webmanifest", headers={"Accept-Language": "es"}).json()
    assert manifest["name"] == "Clasificación de imágenes"


def test_a_share_that_no_service_worker_has_taken_is_explained_and_not_stored(user, manifest):
    """It has no CSRF token: any site could send it."""
    phone = Client(enforce_csrf_checks=True)
    phone.force_login(user)
    target = manifest["share_target"]
    field = target["params"]["files"][0]["name"]
    response = phone.post(target["action"], {field: photograph()}, follow=True)
    assert response.redirect_chain == [("/", 302)]
    assert "Share it once more." in response.content.decode()
    assert not Prediction.objects.exists()


@pytest.mark.parametrize("path", ["/favicon.ico", "/favicon.ico/"])
def test_a_browser_that_asks_for_favicon_ico_gets_an_icon(client, db, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/static/icons/icon-192.")


def test_the_language_switch_names_each_language_in_itself(client, db):
    for language in ("en", "es"):
        page = client.get("/accounts/login", headers={"Accept-Language": language})
        buttons = page.content.decode()
        assert ">English</button>" in buttons
        assert ">Español</button>" in buttons
