"""The pages, in a browser without JavaScript."""

import re
import shlex
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from predictions.models import Prediction
from predictions.throttles import PredictThrottle
from tests.pictures import IMAGES, photograph
from tests.predictions.client import NOBODYS
from tests.predictions.versions import without_champion

PAGES = [
    "/history",
    "/history/export.csv",
    "/history/export.json",
    f"/history/{NOBODYS}",
    f"/history/{NOBODYS}/image",
    f"/history/{NOBODYS}/thumbnail/240",
]
FORMS = ["/", "/history/delete", f"/history/{NOBODYS}/feedback"]


def text(response):
    """What a person reads of a page, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


@pytest.mark.parametrize("path", PAGES)
def test_a_signed_out_visitor_is_sent_to_the_sign_in_page(client, db, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login?next={path}"


@pytest.mark.parametrize("path", FORMS)
def test_a_signed_out_visitor_cannot_submit_a_form(client, db, path):
    response = client.post(path, {"file": photograph()})
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login")


def test_a_form_of_another_site_is_refused(user, ask, page):
    prediction = ask(user, answered=False)
    page.handler.enforce_csrf_checks = True
    for path in ("/", "/history/cards", "/history/delete", f"/history/{prediction.pk}/feedback"):
        assert page.post(path, {"id": prediction.pk}).status_code == 403
    prediction.refresh_from_db()


def test_the_home_page_of_a_new_user_says_what_can_be_sent(page, model):
    response = page.get("/")
    assert 'type="file"' in response.content.decode()
    assert 'enctype="multipart/form-data"' in response.content.decode()
    assert "at most 10 MB" in text(response)
    assert "No pictures yet" in text(response)
    assert "Nothing here yet" in text(page.get("/history"))


def test_sending_a_picture_leads_to_its_answer(page, worker):
    response = page.post("/", {"file": photograph()}, follow=True)
    prediction = Prediction.objects.get()
    assert response.redirect_chain == [(f"/history/{prediction.pk}", 302)]
    top_k = prediction.inference.top_k
    for entry in top_k:
        assert f"{entry['label'].replace('_', ' ')} {entry['score']:.1%}" in text(response)
    assert response.content.count(b"<meter") == 5
    assert "EfficientNet-Lite0" in text(response)


def test_the_home_page_shows_the_latest_pictures(page, user, ask):
    prediction = ask(user)
    html = page.get("/").content.decode()
    assert f'href="/history/{prediction.pk}"' in html
    assert f'src="/history/{prediction.pk}/thumbnail/240"' in html


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (SimpleUploadedFile("notes.txt", b"hello"), "File type is not supported."),
        (SimpleUploadedFile("notes.png", b"hello"), "not a readable image"),
        (SimpleUploadedFile("IMG_1.HEIC", b"hello"), "not a readable image"),
        (SimpleUploadedFile("big.png", bytes(11 * 1024 * 1024)), "File too large"),
    ],
)
def test_the_home_page_says_why_a_picture_is_refused(page, model, file, why):
    file.seek(0)
    response = page.post("/", {"file": file})
    assert response.status_code == (413 if "large" in why else 400)
    assert why in text(response)
    assert 'type="file"' in response.content.decode()


def test_the_home_page_says_that_no_picture_was_chosen(page, model):
    response = page.post("/")
    assert response.status_code == 400
    assert "Choose a picture first." in text(response)


def test_the_home_page_says_that_the_queue_is_full(page, model, settings):
    settings.QUEUE_LIMIT = 0
    response = page.post("/", {"file": photograph()})
    assert response.status_code == 503
    assert "Too many pictures are waiting" in text(response)


def test_the_home_page_says_that_no_model_is_prepared(page, model):
    without_champion(model)
    response = page.post("/", {"file": photograph()})
    assert response.status_code == 503
    assert "No model is ready yet" in text(response)


def test_the_home_page_says_how_long_to_wait_after_too_many_pictures(page, model, monkeypatch):
    monkeypatch.setattr(PredictThrottle, "THROTTLE_RATES", {"predict": "1/min"})
    page.post("/", {"file": SimpleUploadedFile("notes.txt", b"hello")})
    response = page.post("/", {"file": SimpleUploadedFile("notes.txt", b"hello")})
    assert response.status_code == 429
    assert "Wait" in text(response)


def test_a_picture_is_shown_to_its_owner(page, user, ask):
    response = page.get(f"/history/{ask(user, answered=False).pk}/image")
    assert b"".join(response) == (IMAGES / "coffee.png").read_bytes()
    assert response["Cache-Control"].startswith("private")


@pytest.mark.parametrize("path", ["/", "/history"])
def test_another_persons_pictures_are_not_listed(page, make_user, ask, path):
    theirs = ask(make_user("grace@example.com"), answered=False)
    assert str(theirs.pk) not in page.get(path).content.decode()


@pytest.mark.parametrize("what", ["", "/image", "/thumbnail/240", "/feedback"])
def test_another_persons_picture_gets_404(page, make_user, ask, what):
    theirs = ask(make_user("grace@example.com"))
    ask_for = page.post if what == "/feedback" else page.get
    response = ask_for(f"/history/{theirs.pk}{what}", {"correct": "yes"})
    assert response.status_code == 404
    assert "There is nothing at this address" in text(response)
    theirs.refresh_from_db()
    assert not theirs.feedback.exists()


@pytest.mark.parametrize("path", ["/history", "/history/{}"])
def test_a_trailing_slash_changes_nothing(page, user, ask, path):
    path = path.format(ask(user).pk)
    assert text(page.get(path + "/")) == text(page.get(path))


@pytest.mark.parametrize("name", ["a,b;type=x.png", "it's.png", 'say "cat".png', "back\\slash.png"])
def test_the_curl_command_can_be_pasted_into_a_shell(page, user, ask, name):
    prediction = ask(user)
    Prediction.objects.update(file_name=name)
    html = page.get(f"/history/{prediction.pk}").content.decode()
    written = unescape(re.search(r'<code id="call">(.+?)</code>', html, re.DOTALL)[1])
    *_, argument = shlex.split(written)
    # What curl takes for the name: all between the quotes, where a backslash escapes.
    quoted = re.fullmatch(r'file=@"((?:[^"\\]|\\.)*)"', argument)[1]
    assert re.sub(r"\\(.)", r"\1", quoted) == name


def test_a_file_name_is_escaped(page, user, ask):
    prediction = ask(user)
    Prediction.objects.update(file_name="<script>alert(1)</script>.png")
    for path in ("/", "/history", f"/history/{prediction.pk}"):
        assert b"<script>" not in page.get(path).content
