"""Data sets over HTTP: the same as on the pages, for programs of staff."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.exceptions import NotFound
from rest_framework.test import APIClient, APIRequestFactory

from accounts import tokens
from learning.api.access import wait_as_asked
from learning.data_sets.models import DataSetExport, DataSetImport
from learning.queue import MOST_WAITING
from predictions.registry.ownership import new_classifier
from predictions.throttles import PredictThrottle
from review.models import Decision
from tests.learning.data_sets.conftest import ESPRESSO, TABBY
from tests.learning.data_sets.test_import import zipped
from tests.learning.data_sets.test_pages import EXPORT, IMPORT

EXPORTS, IMPORTS = "/models/imagenet/data-sets/exports", "/models/imagenet/data-sets/imports"


@pytest.fixture
def as_staff(staff_with, api_for):
    def as_staff(*rights):
        return api_for(staff_with(*rights))

    return as_staff


def send(api, content, name="data-set.zip"):
    return api.post(IMPORTS, {"archive": SimpleUploadedFile(name, content)}, format="multipart")


def test_pictures_are_exported_and_taken_away(as_staff, reviewed, work, logged):
    reviewed(1), reviewed(2, TABBY), reviewed(3, agrees=False)
    api = as_staff(EXPORT)
    started = api.post(EXPORTS, {})
    assert started.status_code == 202
    said, place = started.json(), started["Location"]
    assert (said["status"], said["says"]) == ("queued", "Waiting for its turn")
    assert (said["file"], said["kept_until"], said["sha256"]) == (None, None, "")
    early = api.get(f"{place}/file")
    assert (early.status_code, early.json()["code"]) == (404, "not_found")
    work()
    waited = api.get(place, headers={"Prefer": "wait=5"})
    assert waited["Preference-Applied"] == "wait=5"
    said = waited.json()
    assert (said["status"], said["error"], said["says"]) == ("done", "", "")
    assert (said["pictures"], said["without_consent"], said["lost"]) == (2, 1, 0)
    assert len(said["sha256"]) == 64 and said["kept_until"]
    file = api.get(said["file"])
    assert file["Content-Type"] == "application/zip"
    assert file["Content-Disposition"] == f'attachment; filename="{said["file_name"]}"'
    assert file["Cache-Control"] == "private, no-store"
    names = zipfile.ZipFile(io.BytesIO(file.getvalue())).namelist()
    assert {"labels.csv", "labels.parquet", "data-set.json"} < set(names)
    exported, downloaded = logged("data_set_exported", "data_set_downloaded")
    assert exported.detail["data_set"] == downloaded.detail["data_set"] == said["id"]
    assert api.get(EXPORTS).json() == [said]


def test_an_export_says_which_pictures_were_asked_for(as_staff, reviewed, model, work):
    reviewed(1), reviewed(2, TABBY)
    api = as_staff(EXPORT)
    asked = {"since": "2026-01-01", "until": "2099-01-01", "only_sample": False}
    place = api.post(EXPORTS, {**asked, "class": "tabby", "version": model.pk})["Location"]
    work()
    said = api.get(place).json()
    assert said["pictures"] == 1
    assert said.items() >= {**asked, "class": TABBY, "version": model.pk}.items()


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"class": "nothing like it"}, {"class": ["No class has this name."]}),
        ({"class": 7}, {"class": ["Not a valid string."]}),
        ({"version": 2**70}, {"version": [f"This classifier has no version {2**70}."]}),
        ({"version": -1}, {"version": ["This classifier has no version -1."]}),
        (
            {"since": "2026-11-02", "until": "2026-11-01"},
            {"until": ["This is before the first day."]},
        ),
        ({"only_sample": "yes"}, {"only_sample": ["Must be a valid boolean."]}),
    ],
)
def test_filters_that_make_no_sense_are_refused(as_staff, model, asked, refused):
    answer = as_staff(EXPORT).post(EXPORTS, asked)
    assert (answer.status_code, answer.json()) == (400, refused)
    assert not DataSetExport.objects.exists()


def test_a_class_is_known_by_its_key_too(as_staff, model):
    assert as_staff(EXPORT).post(EXPORTS, {"class": TABBY}).json()["class"] == TABBY


def test_what_waits_is_cancelled_once(as_staff, model):
    api = as_staff(EXPORT)
    place = api.post(EXPORTS, {})["Location"]
    assert api.delete(place).status_code == 204
    assert api.get(place).json()["status"] == "cancelled"
    assert api.get(f"{place}/file").status_code == 404


def test_a_zip_file_is_imported_and_what_it_brought_deleted(as_staff, model, work, logged):
    api = as_staff(IMPORT)
    sent = send(api, zipped(("a.png", ESPRESSO, "espresso"), ("b.png", "glass", "Glass")))
    assert (sent.status_code, sent.json()["status"]) == (202, "queued")
    work()
    said = api.get(sent["Location"]).json()
    assert (said["status"], said["added"], said["known"]) == ("done", 1, 0)
    assert said["refused_number"] == 1
    assert said["refused"] == [
        {"file_name": "b.png", "detail": "The classifier has no class Glass."}
    ]
    assert Decision.objects.verified().get().class_key == ESPRESSO
    assert api.get(IMPORTS).json() == [said]
    over = api.post(f"{sent['Location']}/cancel")
    assert (over.status_code, over.json()["detail"]) == (409, "It has ended already.")
    assert api.delete(sent["Location"]).status_code == 204
    assert api.get(sent["Location"]).status_code == 404
    assert api.get(IMPORTS).json() == []
    imported, deleted = logged("data_set_imported", "data_set_deleted")
    assert imported.detail["data_set"] == deleted.detail["data_set"] == said["id"]


def test_an_import_is_stopped(as_staff, model, work):
    api = as_staff(IMPORT)
    place = send(api, zipped(("a.png", ESPRESSO, "espresso")))["Location"]
    assert api.post(f"{place}/cancel").status_code == 204
    work()
    assert api.get(place).json()["status"] == "cancelled"
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("data-set.zip", "This is no ZIP file, or it is damaged."),
        ("data-set.rar", "Send a ZIP file in the field archive. Its name ends with .zip."),
    ],
)
def test_another_file_is_refused(as_staff, model, name, said):
    refused = send(as_staff(IMPORT), b"hello", name)
    assert (refused.status_code, refused.json()["detail"]) == (400, said)
    assert not DataSetImport.objects.exists()


def test_somebody_with_many_is_told_to_wait(staff, api_for, model):
    DataSetExport.objects.bulk_create(
        DataSetExport(classifier=model.classifier, started_by=staff) for _ in range(MOST_WAITING)
    )
    refused = api_for(staff).post(EXPORTS, {})
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("Some of your files are being written or read.")


def test_what_is_deleted_while_a_program_waits_for_it_is_not_found(model):
    export = DataSetExport.objects.create(classifier=model.classifier)
    DataSetExport.objects.get().delete()
    with pytest.raises(NotFound):
        wait_as_asked(APIRequestFactory().get("/", headers={"Prefer": "wait=1"}), export)


def test_imports_are_counted_as_pictures_sent_and_looks_at_them_are_not(
    as_staff, model, monkeypatch
):
    monkeypatch.setattr(PredictThrottle, "THROTTLE_RATES", {"predict": "1/min"})
    api = as_staff(IMPORT)
    assert send(api, b"hello").status_code == 400
    assert send(api, b"hello").status_code == 429
    assert api.get(IMPORTS).status_code == 200


def test_a_permission_opens_its_half_and_nothing_else(as_staff, user, api_for, model):
    export = DataSetExport.objects.create(classifier=model.classifier)
    bring = DataSetImport.objects.create(classifier=model.classifier)
    exporter, importer = as_staff(EXPORT), as_staff(IMPORT)
    others = [as_staff("review.add_decision"), api_for(user)]
    for place, one, other in (
        (f"{EXPORTS}/{export.pk}", exporter, importer),
        (f"{IMPORTS}/{bring.pk}", importer, exporter),
    ):
        assert one.get(place).status_code == 200
        for api in (other, *others):
            assert api.get(place).status_code == 403
            assert api.get(place.rpartition("/")[0]).status_code == 403


def test_a_classifier_of_one_person_is_not_found(as_staff, user):
    own = new_classifier(user, "Own")
    api = as_staff(EXPORT, IMPORT)
    for what in ("exports", "imports"):
        unknown = api.get(f"/models/{own.name}/data-sets/{what}")
        assert unknown.status_code == 404
        assert unknown.json()["detail"].startswith("No classifier has this name.")
    assert api.post(f"/models/{own.name}/data-sets/exports", {}).status_code == 404


def test_an_export_of_another_classifier_is_not_found(as_staff, staff, model):
    other = new_classifier(staff, "Other")
    export = DataSetExport.objects.create(classifier=other)
    assert as_staff(EXPORT).get(f"{EXPORTS}/{export.pk}").status_code == 404


def test_a_token_needs_the_scope_and_the_permission(staff_with, user, model):
    def script(person, *scopes):
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(person, 'x', list(scopes))}")

    clerk = staff_with(EXPORT)
    assert script(clerk, "data-sets").post(EXPORTS, {}).status_code == 202
    lacking = script(clerk, "predict", "read", "feedback", "teach").post(EXPORTS, {})
    assert (lacking.status_code, lacking.json()["code"]) == (403, "scope_missing")
    assert script(user, "data-sets").post(EXPORTS, {}).status_code == 403


def test_staff_without_their_second_factor_are_refused(as_staff, model, settings):
    settings.REQUIRE_TWO_FACTOR_FOR_STAFF = True
    refused = as_staff(EXPORT).get(EXPORTS)
    assert refused.status_code == 403
    assert refused.json()["detail"].startswith("Staff must use two-factor sign-in.")
