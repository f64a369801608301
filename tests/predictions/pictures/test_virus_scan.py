"""Uploads pass through clamd, where one is set, before anything of them is stored."""

import io
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as PillowImage
from PIL.PngImagePlugin import PngInfo

from predictions.models import Image, Inference, Prediction
from predictions.pictures import virus_scan
from tests.pictures import IMAGES, photograph, picture
from tests.predictions.clamd import EICAR, Clamd
from tests.predictions.client import predict

MALICIOUS = "The virus scanner reports that this file is malicious. It was not stored."
NOT_SCANNED = "The picture could not be scanned for viruses."
ROCKET = (IMAGES / "rocket.jpg").read_bytes()


def inside_a_png() -> bytes:
    notes, content = PngInfo(), io.BytesIO()
    notes.add_text("Comment", EICAR.decode())
    PillowImage.new("RGB", (32, 24)).save(content, "PNG", pnginfo=notes)
    return content.getvalue()


INFECTED = {
    "alone": ("eicar.png", EICAR),
    "behind a photograph": ("rocket.jpg", ROCKET + EICAR),
    "in the middle of one": ("rocket.jpg", ROCKET[:5000] + EICAR + ROCKET[5000:]),
    "in a comment": ("note.png", inside_a_png()),
    "called a text": ("notes.txt", EICAR),
}


def infected(kind: str = "behind a photograph") -> SimpleUploadedFile:
    return SimpleUploadedFile(*INFECTED[kind])


@pytest.fixture(scope="module")
def daemon() -> Iterator[Clamd]:
    # A socket's path has at most 107 bytes, and pytest's folders have long names.
    with tempfile.TemporaryDirectory(prefix="clamd-") as folder:
        running = Clamd(Path(folder))
        running.start()
        yield running
        running.stop()


@pytest.fixture
def own_daemon() -> Iterator[Clamd]:
    """One that the test may harm."""
    with tempfile.TemporaryDirectory(prefix="clamd-") as folder:
        running = Clamd(Path(folder), StreamMaxLength="1M")
        running.start()
        yield running
        running.stop()


@pytest.fixture
def clamd(daemon: Clamd, settings: Any) -> Clamd:
    settings.CLAMD_URL = daemon.unix_url
    return daemon


@pytest.fixture
def dead(own_daemon: Clamd, settings: Any) -> Clamd:
    settings.CLAMD_URL = own_daemon.unix_url
    own_daemon.stop()
    return own_daemon


@pytest.fixture
def nothing_is_kept(media):
    yield
    assert not media()
    assert not Image.objects.exists()
    assert not Inference.objects.exists()
    assert not Prediction.objects.exists()


@pytest.mark.parametrize("address", ["unix_url", "tcp_url"])
@pytest.mark.parametrize("kind", INFECTED)
def test_a_malicious_file_is_refused(
    api, model, clamd, settings, nothing_is_kept, caplog, kind, address
):
    settings.CLAMD_URL = getattr(clamd, address)
    response = predict(api, infected(kind))
    assert response.status_code == 400
    assert response.json()["detail"] == MALICIOUS
    assert "Eicar.UNOFFICIAL found in" in caplog.text


def test_a_bulk_request_refuses_only_the_malicious_file(api, model, clamd):
    files = [picture("red"), infected(), picture("blue")]
    entries = api.post("/model/predictions", {"file": files}, format="multipart").json()
    assert [entry["status"] for entry in entries] == ["queued", "refused", "queued"]
    assert entries[1] == {"status": "refused", "file_name": "rocket.jpg", "detail": MALICIOUS}
    assert Image.objects.count() == Prediction.objects.count() == 2


@pytest.mark.parametrize("without_metadata", [{}, {"without_metadata": "on"}])
def test_the_page_says_that_a_file_is_malicious(
    page, model, clamd, nothing_is_kept, without_metadata
):
    """What is scanned is what was sent, metadata and all."""
    response = page.post("/", {"file": infected("in a comment"), **without_metadata})
    assert response.status_code == 400
    assert MALICIOUS in response.content.decode()


def test_the_card_says_that_a_file_is_malicious(page, model, clamd, nothing_is_kept):
    response = page.post("/history/cards", {"file": infected()})
    assert (response.status_code, response.content.decode()) == (400, MALICIOUS)


@pytest.mark.parametrize("address", ["unix_url", "tcp_url"])
def test_a_clean_photograph_is_classified(api, worker, clamd, settings, address):
    settings.CLAMD_URL = getattr(clamd, address)
    assert predict(api).json()["prediction"] == "espresso"


def test_a_malicious_file_stored_before_there_was_a_scanner_is_refused(
    api, model, daemon, settings
):
    assert predict(api, infected(), "respond-async").status_code == 202
    settings.CLAMD_URL = daemon.unix_url
    assert predict(api, infected()).json()["detail"] == MALICIOUS


def test_the_largest_accepted_file_is_scanned_to_its_end(api, model, clamd, settings):
    """With the scanner's configuration of docker-compose.yml."""
    room = settings.MAX_FILE_BYTES - len(ROCKET) - len(EICAR)
    clean = SimpleUploadedFile("clean.jpg", ROCKET + bytes(room + len(EICAR)))
    response = predict(api, SimpleUploadedFile("rocket.jpg", ROCKET + bytes(room) + EICAR))
    assert response.json()["detail"] == MALICIOUS
    assert predict(api, clean, "respond-async").status_code == 202


def test_an_oversized_file_is_reported_as_too_large(api, model, clamd, settings):
    settings.MAX_FILE_BYTES = 1000
    assert predict(api, infected()).json()["detail"] == "File too large"


def test_pictures_are_accepted_when_no_scanner_is_configured(api, model, settings):
    assert settings.CLAMD_URL == ""
    assert predict(api, infected(), "respond-async").status_code == 202


@pytest.mark.django_db(transaction=True)
def test_a_scan_costs_no_statement_of_the_database(api, model, clamd, django_assert_num_queries):
    cache.clear()
    with django_assert_num_queries(2):
        assert predict(api, prefer="respond-async").status_code == 202


def test_nothing_is_accepted_while_the_scanner_is_down(api, model, dead, nothing_is_kept, caplog):
    response = predict(api)
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert response.json()["detail"].startswith(NOT_SCANNED)
    assert "A picture is refused for want of a virus scan: " in caplog.text


def test_a_bulk_request_says_of_each_file_that_the_scanner_is_down(
    api, model, dead, nothing_is_kept
):
    files = [picture("red"), picture("blue")]
    entries = api.post("/model/predictions", {"file": files}, format="multipart").json()
    assert [entry["status"] for entry in entries] == ["refused", "refused"]
    assert all(entry["detail"].startswith(NOT_SCANNED) for entry in entries)


def test_pages_say_that_the_scanner_is_down(page, model, dead, nothing_is_kept):
    for path in ("/", "/history/cards"):
        response = page.post(path, {"file": photograph()})
        assert response.status_code == 503
        assert NOT_SCANNED in response.content.decode()
        assert "Retry-After" not in response  # the card would send it again and again by itself


def test_pictures_are_accepted_while_the_scanner_is_down_if_the_setting_says_so(
    api, worker, dead, settings, caplog
):
    settings.CLAMD_UNREACHABLE = "accept"
    assert predict(api).json()["prediction"] == "espresso"
    [record] = [
        record for record in caplog.records if record.name == "predictions.pictures.virus_scan"
    ]
    assert record.levelname == "WARNING"
    assert "accepted without a virus scan" in record.message


def test_pictures_are_scanned_again_once_the_scanner_is_back(api, model, dead):
    assert predict(api).status_code == 503
    dead.start()
    assert predict(api, infected()).json()["detail"] == MALICIOUS
    assert predict(api, prefer="respond-async").status_code == 202


@pytest.mark.parametrize("address", ["unix_url", "tcp_url"])
def test_a_file_over_the_limit_of_the_scanner_is_refused_and_logged(
    api, model, own_daemon, settings, nothing_is_kept, caplog, address
):
    settings.CLAMD_URL = getattr(own_daemon, address)
    response = predict(api, SimpleUploadedFile("large.jpg", ROCKET + bytes(5_000_000)))
    assert response.status_code == 503
    assert "its StreamMaxLength must be at least 10,485,760." in caplog.text


def test_a_file_whose_scan_is_broken_off_is_refused_whatever_the_setting(
    api, model, own_daemon, settings, nothing_is_kept
):
    """Otherwise a file that is made to be too much for the scanner would pass it."""
    settings.CLAMD_URL = own_daemon.unix_url
    settings.CLAMD_UNREACHABLE = "accept"
    too_much = SimpleUploadedFile("large.jpg", ROCKET + bytes(5_000_000))
    assert predict(api, too_much).status_code == 503


def test_a_scanner_that_hangs_is_not_waited_for_long(
    api, model, own_daemon, settings, nothing_is_kept, monkeypatch, caplog
):
    settings.CLAMD_URL = own_daemon.unix_url
    monkeypatch.setattr(virus_scan, "SCAN_SECONDS", 0.5)
    own_daemon.freeze()
    assert predict(api).status_code == 503
    assert "clamd did not answer within 0.5 seconds" in caplog.text


def test_a_bulk_request_waits_only_once_for_a_scanner_that_is_gone(
    api, model, settings, nothing_is_kept, monkeypatch, caplog
):
    """A server that accepts no connection, with its queue of them full."""
    monkeypatch.setattr(virus_scan, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(virus_scan, "not_before", 0.0)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as gone:
        address = gone.getsockname()
        settings.CLAMD_URL = f"tcp://127.0.0.1:{address[1]}"
        with socket.create_connection(address):
            files = [picture((0, 0, shade), f"{shade}.png") for shade in range(5)]
            api.post("/model/predictions", {"file": files}, format="multipart")
    assert caplog.text.count("no connection within 0.2 seconds") == 1
    assert caplog.text.count("clamd did not answer a moment ago") == 4
