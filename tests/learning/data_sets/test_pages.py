"""The pages at /data-sets, for staff with a permission of their own."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from learning.data_sets.models import DataSetExport, DataSetImport
from tests.learning.data_sets.conftest import ESPRESSO, TABBY
from tests.learning.data_sets.test_import import zipped

EXPORT, IMPORT = "data_sets.add_datasetexport", "data_sets.add_datasetimport"
CLASSIFIER = {"classifier": "imagenet"}


def text(response) -> str:
    html = response.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def archive(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("data-set.zip", content)


@pytest.fixture
def as_staff(staff_with, page_for):
    def as_staff(*rights):
        return page_for(staff_with(*rights))

    return as_staff


def test_others_are_refused(page, as_staff, anonymous, model):
    assert anonymous.get("/data-sets").status_code == 302
    assert page.get("/data-sets").status_code == 403
    clerk = as_staff("review.add_decision")
    assert clerk.get("/data-sets").status_code == 403
    assert 'href="/data-sets"' not in clerk.get("/").content.decode()
    file = {"archive": archive(b"")}
    exports, imports = as_staff(EXPORT), as_staff(IMPORT)
    assert exports.post("/data-sets/imports", CLASSIFIER | file).status_code == 403
    assert imports.post("/data-sets/exports", CLASSIFIER).status_code == 403
    assert "Import" not in text(exports.get("/data-sets"))
    assert "Export" not in text(imports.get("/data-sets"))
    assert 'href="/data-sets"' in imports.get("/").content.decode()


def test_staff_are_led_to_their_second_factor(as_staff, settings):
    settings.REQUIRE_TWO_FACTOR_FOR_STAFF = True
    browser = as_staff(EXPORT, IMPORT)
    assert browser.get("/data-sets")["Location"] == "/accounts/two-factor/app"
    sent = {"archive": archive(b"")}
    refused = browser.post("/data-sets/imports", CLASSIFIER | sent)
    assert refused["Location"] == "/accounts/two-factor/app"


def test_staff_export_what_they_choose_and_take_it_away(as_staff, reviewed, work, logged):
    reviewed(1), reviewed(2, TABBY)
    browser = as_staff(EXPORT)
    said = text(browser.get("/data-sets"))
    assert "2 pictures have a verified label. All of them may be used." in said
    reviewed(3, agrees=False)
    said = text(browser.get("/data-sets"))
    assert "3 pictures have a verified label. 2 of them may be used" in said
    started = browser.post("/data-sets/exports", CLASSIFIER | {"class_name": "tabby"})
    address = started["Location"]
    assert "Waiting for its turn" in text(browser.get(address))
    assert browser.get(f"{address}/file").status_code == 404
    work()
    said = text(browser.get(address))
    assert "The file is ready." in said
    assert "Pictures 1 Left out: no consent 0" in said
    file = browser.get(f"{address}/file")
    assert file["Content-Disposition"].startswith('attachment; filename="imagenet')
    assert file.getvalue().startswith(b"PK")
    exported, downloaded = logged("data_set_exported", "data_set_downloaded")
    assert exported.target_text == "imagenet"
    assert exported.detail["class"] == TABBY
    assert downloaded.detail == {"data_set": exported.detail["data_set"], "pictures": 1}


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"class_name": "nothing like it"}, "No class has this name."),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "This is before the first day."),
        ({"since": "yesterday"}, "Enter a valid date."),
    ],
)
def test_filters_that_make_no_sense_are_refused(as_staff, model, filters, said):
    response = as_staff(EXPORT).post("/data-sets/exports", CLASSIFIER | filters)
    assert response.status_code == 400
    assert said in text(response)
    assert not DataSetExport.objects.exists()


def test_an_export_can_be_cancelled(as_staff, reviewed, work):
    reviewed(1)
    browser = as_staff(EXPORT)
    address = browser.post("/data-sets/exports", CLASSIFIER)["Location"]
    browser.post(f"{address}/cancel")
    work()
    assert "Cancelled. Nothing has changed." in text(browser.get(address))
    assert not DataSetExport.objects.get().file


def test_staff_import_a_data_set(as_staff, model, work, logged):
    browser = as_staff(IMPORT)
    content = zipped(("a.png", ESPRESSO, "espresso"), ("b.png", "glass", "Glass"))
    sent = {"archive": archive(content)}
    address = browser.post("/data-sets/imports", CLASSIFIER | sent)["Location"]
    work()
    said = text(browser.get(address))
    assert "New verified labels 1 There already 0 Refused 1" in said
    assert "b.png The classifier has no class Glass." in said
    assert "data-set.zip" in text(browser.get("/data-sets"))
    (imported,) = logged("data_set_imported")
    assert imported.detail["file"] == "data-set.zip"
    browser.post(f"{address}/delete")
    (deleted,) = logged("data_set_deleted")
    assert deleted.detail["pictures"] == 1


def test_a_file_that_is_no_zip_is_refused(as_staff, model):
    browser = as_staff(IMPORT)
    for sent in ({}, {"archive": archive(b"no ZIP")}):
        response = browser.post("/data-sets/imports", CLASSIFIER | sent, follow=True)
        assert "ZIP file" in text(response).partition("Data sets")[0]
    assert not DataSetImport.objects.exists()
