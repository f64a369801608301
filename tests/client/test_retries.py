"""When a request is tried again, and when not."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from classifier_client import ApiError, SignInNeeded, UnexpectedAnswer, Unreachable
from classifier_client.errors import error_in
from classifier_client.retries import Retries, Stopped


class Waits(Retries):
    """Notes how long it would wait."""

    def __init__(self, **more):
        super().__init__(on_wait=lambda seconds, why: self.waits.append(seconds), **more)
        self.waits = []

    def wait(self, seconds):
        if self.stop.is_set():
            raise Stopped


def attempts(*outcomes):
    left = list(outcomes)

    def attempt():
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return attempt


def refusal(status, **more):
    return ApiError("No.", status, **more)


LOST = Unreachable("Gone.", may_have_arrived=True)


def test_it_waits_as_long_as_the_service_says():
    retries = Waits()
    assert retries.call(attempts(refusal(429, retry_after=40), refusal(503), "done")) == "done"
    asked, own = retries.waits
    assert 40 <= asked <= 50
    assert 1 <= own <= 1.25


def test_others_wait_with_the_one_that_was_told_to():
    retries = Waits()
    retries.call(attempts(refusal(503, retry_after=40), "done"))
    now = retries.not_before
    retries.call(attempts("done"))
    assert retries.not_before == now > 0


def test_it_waits_longer_each_time_and_at_most_half_a_minute():
    retries = Waits()
    retries.call(attempts(*[LOST] * 8, "done"))
    for least, wait in zip((1, 2, 4, 8, 16, 30, 30, 30), retries.waits, strict=True):
        assert least <= wait <= 1.25 * least


@pytest.mark.parametrize("error", [refusal(400), refusal(403), refusal(404), refusal(500)])
def test_what_will_not_pass_is_not_tried_again(error):
    retries = Waits()
    with pytest.raises(ApiError) as raised:
        retries.call(attempts(error, "done"))
    assert raised.value is error
    assert retries.waits == []


def test_it_gives_up_after_a_while_without_success():
    with pytest.raises(Unreachable):
        Waits(give_up_after=0.5).call(attempts(LOST, "done"))


def test_a_limit_is_waited_for_however_long_it_lasts():
    limit = refusal(429, retry_after=3600)
    assert Waits().call(attempts(limit, limit, "done")) == "done"


def test_whoever_stops_waits_no_longer():
    retries = Retries()
    retries.on_wait = lambda seconds, why: retries.stop.set()
    with pytest.raises(Stopped):
        retries.call(attempts(refusal(503, retry_after=300), "done"))


def test_retry_after_is_seconds_or_a_date():
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
    for header, least, most in (("7", 7, 7), (in_a_minute, 57, 60)):
        error = error_in(httpx.Response(503, headers={"Retry-After": header}, json={}))
        assert least <= error.retry_after <= most
    assert error_in(httpx.Response(503, headers={"Retry-After": "soon"})).retry_after is None


def test_errors_say_what_the_service_said():
    said = error_in(httpx.Response(400, json={"detail": "Too large.", "code": "too_large"}))
    assert (str(said), said.code, said.status) == ("Too large.", "too_large", 400)
    said = error_in(httpx.Response(400, json={"label": ["Send a label."]}))
    assert str(said) == "label: Send a label."
    assert isinstance(error_in(httpx.Response(401, json={"detail": "No."})), SignInNeeded)
    assert str(error_in(httpx.Response(502, text="<html>"))) == "The service answered 502."
    moved = error_in(httpx.Response(301, headers={"Location": "https://pictures.example/"}))
    assert isinstance(moved, UnexpectedAnswer)
    assert "https://pictures.example/" in str(moved)
