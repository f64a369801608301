"""The Prefer header (RFC 7240) of `POST /model/predict`."""

import pytest

from predictions.api.prefer import Prefer
from predictions.models import Inference, Prediction
from tests.predictions.client import predict, when_finished


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", Prefer()),
        ("respond-async", Prefer(respond_async=True)),
        ("Respond-Async, WAIT=5", Prefer(respond_async=True, wait=5)),
        ('wait="5"', Prefer(wait=5)),
        ("wait = 5", Prefer(wait=5)),
        ("wait=0", Prefer(wait=0)),
        ("wait=5, wait=9", Prefer(wait=5)),  # the first one counts (section 2)
        ("return=minimal; respond-async-not, wait=soon", Prefer()),
        ('foo="a, respond-async", wait=5', Prefer(wait=5)),
        ('foo="\\", wait=5", respond-async', Prefer(respond_async=True)),
        ("foo; wait=0, handling=lenient; respond-async", Prefer()),
        ("respond-async; foo=1, wait=5; bar", Prefer(respond_async=True, wait=5)),
        ('foo="x, wait=5', Prefer()),
        ('"' + '\\",' * 100_000, Prefer()),  # some 5 minutes if it is looked for again and again
        ("wait=-1", Prefer()),
        ("wait=", Prefer()),
        ("wait=" + "9" * 5000, Prefer()),
    ],
)
def test_the_header_is_parsed_as_the_rfc_says(header, expected):
    assert Prefer.parse(header) == expected


def test_respond_async_gets_202_with_the_url_of_the_answer(api, worker):
    response = predict(api, prefer="respond-async")
    prediction = Prediction.objects.get()
    assert response.status_code == 202
    assert response["Location"] == f"/model/predictions/{prediction.pk}"
    assert response["Preference-Applied"] == "respond-async"
    assert response.json()["id"] == str(prediction.pk)
    assert response.json()["status"] in Inference.Status.values
    assert when_finished(api, response["Location"])["prediction"] == "espresso"


def test_a_shorter_wait_gets_504_once_it_is_over(api, stopped_worker):
    response = predict(api, prefer="wait=1")
    assert response.status_code == 504
    assert response["Preference-Applied"] == "wait=1"


def test_a_wait_of_zero_gets_504_at_once(api, stopped_worker, settings):
    settings.PREDICT_TIMEOUT = 600
    response = predict(api, prefer="wait=0")
    assert response.status_code == 504
    assert response["Preference-Applied"] == "wait=0"


def test_a_longer_wait_is_cut_to_the_setting(api, stopped_worker, settings):
    settings.PREDICT_TIMEOUT = 1
    response = predict(api, prefer="wait=600")
    assert response.status_code == 504
    assert response["Preference-Applied"] == "wait=1"


def test_an_answer_in_time_names_the_wait_that_applied(api, worker):
    response = predict(api, prefer="wait=20")
    assert response.status_code == 200
    assert response["Preference-Applied"] == "wait=20"


def test_respond_async_with_a_wait_gets_202_once_the_wait_is_over(api, stopped_worker):
    response = predict(api, prefer="respond-async, wait=1")
    assert response.status_code == 202
    assert response["Preference-Applied"] == "respond-async"


def test_respond_async_with_a_wait_gets_200_when_the_answer_comes_in_time(api, worker):
    response = predict(api, prefer="respond-async, wait=20")
    assert response.status_code == 200
    assert response.json()["prediction"] == "espresso"
