"""English is written in the code; Spanish is complete, and compiled from what is written."""

import re

import polib
import pytest
from django.conf import settings
from django.test import Client

from classifier_site.settings import BASE_DIR

CATALOGUE = BASE_DIR / "locale" / "es" / "LC_MESSAGES" / "django.po"
# A text between quotes of one of the template's tags, or of a call of gettext.
MARKED = [
    re.compile(r'{% translate "([^"]+)"'),
    re.compile(r"{% translate '([^']+)'"),
]

# Imperatives and pronouns of "usted"; this site says "tú".
FORMAL = re.compile(
    r"\b(usted|Introduzca|Ingrese|Escriba|Asegúrese|Escoja|Elija|Seleccione|Compruebe|Revise|"
    r"Inténtelo|Vuelva|Espere|[Ss]u (contraseña|cuenta|correo))\b"
)


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(CATALOGUE))


def test_nothing_is_left_untranslated(catalogue):
    assert [e.msgid for e in catalogue if not e.translated() or e.fuzzy or e.obsolete] == []


def test_placeholders_are_kept(catalogue):
    placeholder = re.compile(r"%\(\w+\)[sd]|%[sd]|</?\w+>")
    for entry in catalogue:
        # "Wait a second": the form for one may do without its number.
        text = entry.msgstr or entry.msgstr_plural[max(entry.msgstr_plural)]
        expected = sorted(placeholder.findall(entry.msgid_plural or entry.msgid))
        assert sorted(placeholder.findall(text)) == expected, entry.msgid


def test_every_text_of_the_templates_is_in_the_catalogue(catalogue):
    known = {entry.msgid.replace("%%", "%") for entry in catalogue}
    for template in (BASE_DIR / "templates").rglob("*.html"):
        for pattern in MARKED:
            assert set(pattern.findall(template.read_text())) <= known, template


def test_the_compiled_catalogue_is_current(catalogue):
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    assert {e.msgid: (e.msgstr, e.msgstr_plural) for e in compiled} == {
        e.msgid: (e.msgstr, e.msgstr_plural) for e in catalogue
    }


def test_a_page_is_shown_in_spanish(db):
    response = Client().get("/accounts/login", headers={"Accept-Language": "es-MX,es;q=0.9"})
    assert response["Content-Language"] == "es"
    assert "Iniciar sesión" in response.content.decode()
    assert "Accept-Language" in response["Vary"]


def test_djangos_hints_address_people_informally(db):
    page = Client().get("/accounts/signup", headers={"Accept-Language": "es"}).content.decode()
    assert "Tu contraseña debe tener al menos 8 caracteres." in page
    assert "Su contraseña" not in page


def test_djangos_field_errors_address_people_informally(db):
    form = {"email": "ada", "username": "x" * 151, "password": "password"}
    page = Client().post("/accounts/signup", form, headers={"Accept-Language": "es"})
    shown = page.content.decode()
    assert "Este valor debe tener como máximo 150 caracteres (tiene 151)." in shown
    assert "Introduce una dirección de correo electrónico válida." in shown
    assert "Tu contraseña no puede ser una de las más usadas." in shown
    assert not FORMAL.search(shown)


def test_no_text_addresses_people_formally(catalogue):
    for entry in catalogue:
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            assert not FORMAL.search(text), text


def test_an_error_page_is_shown_in_spanish(db):
    response = Client().get("/accounts/nothing", headers={"Accept-Language": "es"})
    assert response.status_code == 404
    assert '<html lang="es">' in response.content.decode()
    assert "There is nothing" not in response.content.decode()


def test_an_unknown_language_falls_back_to_english(db):
    response = Client().get("/accounts/login", headers={"Accept-Language": "xx"})
    assert response["Content-Language"] == settings.LANGUAGE_CODE


def test_the_api_always_answers_in_english(client, db):
    response = client.post("/login", {}, headers={"Accept-Language": "es"})
    assert "required" in response.content.decode()
