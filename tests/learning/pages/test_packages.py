"""Versions as ZIP files on pages: taken away, brought, used, and gone after a day."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from learning.models import Package
from predictions.registry.ownership import new_classifier
from predictions.registry.roles import champion_of
from tests.learning.results import trained
from tests.learning.teaching import teach
from tests.predictions.heads import add_colours

GONE = "This file is not here. Files of versions are kept for a day"


def told(response):
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def classifier(user, model):
    return new_classifier(user, "Colours")


@pytest.fixture
def address(classifier):
    return f"/teach/{classifier.name}"


@pytest.fixture
def package(user, classifier, model):
    """A version's file, as if a worker had written it."""
    package = Package(
        classifier=classifier,
        version=add_colours(model, classifier),
        started_by=user,
        status="done",
        file_name="colours-1.zip",
    )
    package.file.save("package.zip", ContentFile(b"PK the version"))
    return package


def send(page, address, content, name="colours.zip"):
    form = {"archive": SimpleUploadedFile(name, content)}
    return page.post(f"{address}/packages", form, follow=True)


def test_a_version_is_downloaded_brought_to_another_classifier_and_used(page, user, model, work):
    there = new_classifier(user, "There")
    version = add_colours(model, there)
    place = page.post(f"/teach/{there.name}/versions/{version.pk}/export")["Location"]
    shown = told(page.get(place))
    assert "Waiting for its turn" in shown and "data-runs" in shown
    assert page.get(f"{place}/file").status_code == 404
    work()
    shown = told(page.get(place))
    assert "The file is ready. It is kept for a day, until" in shown
    assert "a script that classifies pictures" in shown and f'href="{place}/file"' in shown
    file = page.get(f"{place}/file")
    assert file["Content-Disposition"] == f'attachment; filename="there-{version.version}.zip"'
    assert file["Content-Type"] == "application/zip"
    assert file["Cache-Control"] == "private, no-store"
    assert file["X-Content-Type-Options"] == "nosniff"

    here = new_classifier(user, "Here")
    sent = send(page, f"/teach/{here.name}", file.getvalue())
    assert "Waiting for its turn" in told(sent)
    work()
    brought = here.packages.get().version
    place = sent.redirect_chain[-1][0]
    assert f"The version {brought} is ready." in told(page.get(place))
    assert "colours.zip</a>" in told(page.get(f"/teach/{here.name}"))
    used = told(page.post(f"{place}/use", follow=True))
    assert "In use. This version answers new pictures that are sent to Here." in used
    assert champion_of(here) == brought
    assert page.get(f"{place}/file").status_code == 404


def test_the_page_of_a_training_offers_its_version(page, user, model):
    training = trained(user, teach(user, "Waste", cardboard=2, glass=2), model)
    shown = told(page.get(training.get_absolute_url()))
    assert f'versions/{training.version.pk}/export"' in shown
    assert "Download this version" in shown


def test_the_page_of_a_file_that_is_not_kept_any_more_says_so(page, package, address):
    place = f"{address}/packages/{package.pk}"
    assert page.get(f"{place}/file").getvalue() == b"PK the version"
    Package.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert "The file is not kept any more." in told(page.get(place))
    refused = page.get(f"{place}/file")
    assert refused.status_code == 404 and GONE in told(refused)
    package.delete()  # as recovery.py does
    refused = page.get(place)
    assert refused.status_code == 404 and GONE in told(refused)


def test_a_version_is_written_anew_when_its_file_is_old(page, package, address):
    export = f"{address}/versions/{package.version_id}/export"
    assert page.post(export)["Location"].endswith(str(package.pk))
    Package.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert not page.post(export)["Location"].endswith(str(package.pk))


def test_a_cancelled_import_keeps_no_file(page, package, address, work):
    with package.file.open("rb") as file:
        assert "This is no ZIP file" in told(send(page, address, file.read()))
    empty = io.BytesIO(b"PK\5\6" + bytes(18)).getvalue()
    place = send(page, address, empty).redirect_chain[-1][0]
    name = Package.objects.get(is_import=True).file.name
    assert default_storage.exists(name)
    assert "Cancelled. Nothing has changed." in told(page.post(f"{place}/cancel", follow=True))
    assert not default_storage.exists(name)
    work()
    assert Package.objects.get(is_import=True).status == "cancelled"


def test_a_file_that_is_there_is_not_cancelled(page, package, address):
    page.post(f"{address}/packages/{package.pk}/cancel")
    assert page.get(f"{address}/packages/{package.pk}/file").status_code == 200


def test_no_zip_at_all_is_asked_for_in_words(page, address):
    shown = told(page.post(f"{address}/packages", follow=True))
    assert "Choose a ZIP file first." in shown


def test_others_find_neither_the_page_nor_the_file(page_for, make_user, package, address):
    stranger = page_for(make_user("stranger@example.com"))
    place = f"{address}/packages/{package.pk}"
    export = f"{address}/versions/{package.version_id}/export"
    assert stranger.get(place).status_code == 404
    assert stranger.get(f"{place}/file").status_code == 404
    assert stranger.post(export).status_code == 404
    assert send(stranger, address, b"PK").status_code == 404


def test_a_version_of_another_classifier_is_not_exported(page, user, package):
    other = new_classifier(user, "Other")
    export = f"/teach/{other.name}/versions/{package.version_id}/export"
    assert page.post(export).status_code == 404


class TestLargerThanOtherForms:
    """ZIP files may be as large as requests of the API: it is known first who sends them."""

    @pytest.fixture(autouse=True)
    def small(self, settings):
        settings.MAX_FILE_BYTES = 100

    @pytest.mark.parametrize("where", ["packages", "archives"])
    def test_who_teaches_may_send_it(self, page, address, where):
        form = {"archive": SimpleUploadedFile("large.zip", bytes(1000))}
        sent = page.post(f"{address}/{where}", form, follow=True)
        assert "This is no ZIP file, or it is damaged." in told(sent)

    @pytest.mark.parametrize("where", ["packages", "archives"])
    def test_of_others_nothing_is_read(self, anonymous, address, where):
        form = {"archive": SimpleUploadedFile("large.zip", bytes(1000))}
        sent = Client(enforce_csrf_checks=True).post(f"{address}/{where}", form)
        assert sent.status_code == 302 and "/accounts/login" in sent["Location"]
        assert not hasattr(sent.wsgi_request, "_files")

    @pytest.mark.parametrize("where", ["packages", "archives"])
    def test_another_site_cannot_send_it(self, user, address, where):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(user)
        form = {"archive": SimpleUploadedFile("large.zip", bytes(1000))}
        refused = browser.post(f"{address}/{where}", form)
        assert refused.status_code == 403 and "out of date" in told(refused)
