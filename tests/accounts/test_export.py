import json
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest

from accounts import tokens
from accounts.models import ApiToken
from feedback.models import Feedback
from feedback.services import give_feedback
from predictions.models import Image
from predictions.registry.ownership import new_classifier, share
from tests.pictures import IMAGES

EXPORT = "/accounts/export.zip"


def export(browser):
    response = browser.get(EXPORT)
    assert response.status_code == 200
    archive = ZipFile(BytesIO(response.getvalue()))
    assert archive.testzip() is None
    return archive


def read(archive, name):
    return json.loads(archive.read(name))


def test_the_export_requires_sign_in(client, db):
    assert client.get(EXPORT)["Location"] == f"/accounts/login?next={EXPORT}"


def test_the_export_is_a_dated_uncached_streaming_download(page):
    response = page.get(EXPORT)

    name = f"image-classification-{date.today()}.zip"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Content-Type"] == "application/zip"
    assert response["Cache-Control"] == "private, no-store"
    assert response.streaming


def test_the_account_page_links_to_the_export(page):
    assert f'href="{EXPORT}"' in page.get("/accounts").content.decode()


def test_the_export_of_a_new_account_has_empty_lists(page):
    archive = export(page)

    assert archive.namelist() == ["account.json", "predictions.json", "feedback.json"]
    assert read(archive, "predictions.json") == read(archive, "feedback.json") == []


def test_the_export_contains_all_data_of_the_person(page, api, user, make_user, ask):
    coffee, rocket = ask(user, "coffee.png"), ask(user, "rocket.jpg")
    give_feedback(coffee, correct=False, label="cup", text="¡Una taza!")
    secret = tokens.issue(user, "nightly job")
    user.passkeys.create(name="blue key", credential_id=b"1", credential=b"")
    user.sessions.update(address="192.0.2.1")
    own = new_classifier(user, "Blue things")
    share(own, make_user("grace@example.com"), may_teach=True)

    archive = export(page)

    account = read(archive, "account.json")
    assert account["email"] == user.email
    assert account["name"] == "ada"
    assert account["language"] == ""
    assert account["created_at"].startswith(str(user.created_at.year))
    [classifier] = account["classifiers"]
    assert (classifier["name"], classifier["title"]) == (own.name, "Blue things")
    [shared] = classifier["shared_with"]
    assert (shared["email"], shared["may_teach"]) == ("grace@example.com", True)
    [token] = account["api_tokens"]
    assert token["name"] == "nightly job"
    assert [key["name"] for key in account["passkeys"]] == ["blue key"]
    assert [sign_in["address"] for sign_in in account["signed_in"]] == ["192.0.2.1"]
    assert page.session.session_key not in archive.read("account.json").decode()
    assert secret not in archive.read("account.json").decode()
    assert ApiToken.objects.get().hash not in archive.read("account.json").decode()

    assert read(archive, "predictions.json") == api.get("/model/predictions").json()
    assert read(archive, "feedback.json") == api.get("/feedback").json()
    for prediction, name in [(coffee, "coffee.png"), (rocket, "rocket.jpg")]:
        packed = archive.getinfo(f"pictures/{prediction.image_file_name}")
        assert archive.read(packed) == (IMAGES / name).read_bytes()
        assert packed.compress_type == ZIP_STORED


def test_a_picture_sent_twice_is_exported_once(page, user, ask):
    ask(user), ask(user)

    archive = export(page)

    assert len(read(archive, "predictions.json")) == 2
    assert len([name for name in archive.namelist() if name.startswith("pictures/")]) == 1


@pytest.mark.parametrize("is_staff", [False, True])
def test_the_export_contains_no_data_of_others(page_for, make_user, user, ask, is_staff):
    mine = ask(user, "coffee.png")
    give_feedback(mine, correct=True, label="", text="")
    tokens.issue(user, "nightly job")
    grace = make_user("grace@example.com", is_staff=is_staff, is_superuser=is_staff)

    archive = export(page_for(grace))

    assert archive.namelist() == ["account.json", "predictions.json", "feedback.json"]
    assert read(archive, "predictions.json") == read(archive, "feedback.json") == []
    assert read(archive, "account.json")["api_tokens"] == []
    assert Feedback.objects.exists()


def test_a_lost_picture_is_listed_and_the_rest_exported(page, user, ask):
    lost, kept = ask(user, "coffee.png"), ask(user, "rocket.jpg")
    Path(lost.image.file.path).unlink()

    archive = export(page)

    assert archive.read("MISSING.txt").decode() == f"pictures/{lost.image_file_name}\n"
    pictures = [name for name in archive.namelist() if name.startswith("pictures/")]
    assert pictures == [f"pictures/{kept.image_file_name}"]


def test_the_export_holds_one_picture_in_memory_at_a_time(page, user, ask, monkeypatch):
    """While the last picture is on its way, the files of those before are closed."""
    for name in ("coffee.png", "rocket.jpg", "chelsea.png"):
        ask(user, name)
    opened = []
    read_file = Image.file.field.storage.open

    def remember(*args):
        assert all(file.closed for file in opened)
        opened.append(read_file(*args))
        return opened[-1]

    monkeypatch.setattr(Image.file.field.storage, "open", remember)

    assert len(export(page).namelist()) == 6
    assert len(opened) == 3
    assert all(file.closed for file in opened)
