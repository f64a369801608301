"""A picture's file is lost, for example in a power cut: sending the picture again restores it."""

from pathlib import Path

import psycopg2
import pytest
from django.db import InterfaceError, OperationalError, connection

from predictions import recording
from predictions.inference.survey import Survey
from predictions.queueing import decoding, jobs
from tests.pictures import IMAGES, photograph, upload
from tests.predictions.client import predict, when_finished


def lose(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100_000])


def spoil(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize("happen", [lose, empty, cut, spoil])
def test_sending_a_failed_picture_again_restores_its_lost_file(api, stopped_worker, media, happen):
    address = predict(api, prefer="respond-async")["Location"]
    [path] = media()
    happen(path)
    stopped_worker()  # it goes on
    assert when_finished(api, address)["error"] == jobs.FAILED

    answer = predict(api, photograph()).json()

    assert (answer["prediction"], answer["cached"]) == ("espresso", False)
    assert media() == [path]
    assert path.read_bytes() == (IMAGES / "coffee.png").read_bytes()


def test_sending_a_picture_with_a_known_answer_restores_its_lost_file(user, api, ask, media):
    ask(user)
    [path] = media()
    lose(path)
    assert predict(api).json()["cached"] is True
    assert media() == [path]
    assert path.read_bytes() == (IMAGES / "coffee.png").read_bytes()


def test_an_empty_file_is_not_taken_for_an_unreadable_picture(user, ask, media):
    prediction = ask(user, answered=False)
    [path] = media()
    empty(path)
    with pytest.raises(FileNotFoundError):
        decoding.read(prediction.image.file.name)


def test_a_file_is_kept_if_the_database_may_have_its_row(transactional_db, user, model, media):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [(backend,)] = cursor.fetchall()
    with psycopg2.connect(connection.connection.dsn) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])

    with pytest.raises(OperationalError):
        recording.record_new(user, upload(), Survey("PNG", 600, 400, 0, 0), model)

    kept = media()
    assert [path.suffix for path in kept] == [".png"]

    with pytest.raises(InterfaceError):  # known to be lost: nothing was sent
        recording.record_new(user, upload(), Survey("PNG", 600, 400, 0, 0), model)

    assert media() == kept
    connection.close()


def test_a_picture_that_the_database_refuses_leaves_no_file(transactional_db, user, model, media):
    with psycopg2.connect(connection.connection.dsn) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE predictions_image")
        with connection.cursor() as ours:
            ours.execute("SET lock_timeout = 100")
        with pytest.raises(OperationalError):
            recording.record_new(user, upload(), Survey("PNG", 600, 400, 0, 0), model)
    assert media() == []
    connection.close()
