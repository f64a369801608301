"""`/models/{name}/packages`: versions as ZIP files, taken away and brought."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts import tokens
from learning.models import Package
from learning.queue import MOST_WAITING
from predictions.registry.ownership import new_classifier
from tests.predictions.heads import add_colours

EMPTY_ZIP = b"PK\5\6" + bytes(18)


@pytest.fixture
def version(classifier, model):
    return add_colours(model, classifier)


@pytest.fixture
def package(user, version):
    """A version's file, as if a worker had written it."""
    package = Package(
        classifier=version.classifier, version=version, status="done", file_name="colours.zip"
    )
    package.file.save("package.zip", ContentFile(b"PK the version"))
    return package


def send(api, address, content, name="colours.zip"):
    body = {"archive": SimpleUploadedFile(name, content)}
    return api.post(f"{address}/packages", body, format="multipart")


def test_a_version_goes_from_one_classifier_to_another(api, address, version, user, work):
    export = api.post(f"{address}/versions/{version.pk}/export")
    assert export.status_code == 202
    said = export.json()
    assert (said["status"], said["version"], said["file"]) == ("queued", version.pk, None)
    work()
    said = api.get(export["Location"]).json()
    assert (said["status"], said["error"]) == ("done", "")
    assert said["file"] == f"{export['Location']}/file" and said["kept_until"]
    file = api.get(said["file"])
    assert file["Content-Type"] == "application/zip"
    assert file["Cache-Control"] == "private, no-store"
    assert file["Content-Disposition"] == f'attachment; filename="{said["file_name"]}"'

    there = new_classifier(user, "There")
    sent = send(api, f"/models/{there.name}", file.getvalue())
    assert (sent.status_code, sent.json()["is_import"]) == (202, True)
    work()
    said = api.get(sent["Location"]).json()
    assert (said["status"], said["version"]) == ("done", there.versions.get().pk)
    assert said["file"] is None and api.get(f"{sent['Location']}/file").status_code == 404


def test_a_file_of_yesterday_is_gone(api, address, package):
    place = f"{address}/packages/{package.pk}"
    assert api.get(f"{place}/file").getvalue() == b"PK the version"
    Package.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert api.get(place).json()["file"] is None
    gone = api.get(f"{place}/file")
    assert gone.status_code == 404
    assert gone.json()["detail"].startswith("This file is not here. Files of versions are kept")
    package.delete()
    assert api.get(place).json() == gone.json()


def test_what_waits_is_cancelled_and_what_is_done_is_not(api, address, package):
    place = send(api, address, EMPTY_ZIP)["Location"]
    assert api.delete(place).status_code == 204
    assert api.get(place).json()["status"] == "cancelled"
    refused = api.delete(f"{address}/packages/{package.pk}")
    assert (refused.status_code, refused.json()["detail"]) == (409, "It has ended already.")
    assert api.get(f"{address}/packages/{package.pk}/file").status_code == 200


def test_somebody_with_many_is_told_to_wait(api, address, version, user, classifier):
    Package.objects.bulk_create(
        Package(classifier=classifier, started_by=user) for _ in range(MOST_WAITING)
    )
    refused = api.post(f"{address}/versions/{version.pk}/export")
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("Some of your files are being written or read.")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("colours.zip", "This is no ZIP file, or it is damaged."),
        ("colours.rar", "Send a ZIP file in the field archive. Its name ends with .zip."),
    ],
)
def test_another_file_is_refused(api, address, name, said):
    refused = send(api, address, b"hello", name)
    assert (refused.status_code, refused.json()["detail"]) == (400, said)
    assert not Package.objects.exists()


def test_the_version_of_another_classifier_is_not_found(api, user, version):
    other = new_classifier(user, "Other")
    assert api.post(f"/models/{other.name}/versions/{version.pk}/export").status_code == 404


def test_only_the_session_of_staff_may_bring_a_network(api_for, anonymous, staff, db):
    own = new_classifier(staff, "Own")
    assert send(api_for(staff), f"/models/{own.name}", EMPTY_ZIP).status_code == 202
    assert own.packages.get().may_bring_network
    own.packages.all().delete()
    anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(staff, 'script')}")
    assert send(anonymous, f"/models/{own.name}", EMPTY_ZIP).status_code == 202
    assert not own.packages.get().may_bring_network
