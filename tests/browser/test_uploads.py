"""Uploads that fail, wait, are interrupted or are cancelled, in a real browser."""

import time

from playwright.sync_api import expect

from predictions.models import Inference, Prediction
from tests.browser.actions import drop
from tests.browser.test_tour import PHOTOGRAPHS, card
from tests.pictures import IMAGES


def test_a_bad_file_fails_without_the_others(open_browser, user, worker, page_guard, tmp_path):
    page_guard.expect(400)
    cut, huge = tmp_path / "cut.jpg", tmp_path / "huge.png"
    cut.write_bytes(PHOTOGRAPHS[1].read_bytes()[:20_000])
    huge.write_bytes(bytes(10 * 1024 * 1024 + 1))
    lying = tmp_path / "lying.png"
    lying.write_bytes(PHOTOGRAPHS[1].read_bytes())
    page = open_browser(user)
    page.goto("/")
    files = [PHOTOGRAPHS[0], cut, huge, lying, IMAGES / "README.md", PHOTOGRAPHS[2]]
    page.set_input_files("#file", files)
    expect(card(page, "cut.jpg")).to_contain_text("damaged, cut off")
    expect(card(page, "huge.png")).to_contain_text("larger than 10 MB")
    expect(card(page, "lying.png")).to_contain_text("the content is JPEG")
    expect(card(page, "README.md")).to_contain_text("not a PNG, JPEG, GIF, WebP, HEIC or AVIF")
    expect(page.locator(".card .answer")).to_have_count(2)
    card(page, "README.md").get_by_role("button", name="Remove").click()
    expect(page.locator(".card")).to_have_count(5)


def test_cards_wait_while_the_worker_is_stopped(open_browser, user, stopped_worker):
    page = open_browser(user)
    page.goto("/")
    drop(page, *PHOTOGRAPHS)
    expect(page.get_by_text("Waiting (1 ahead)…")).to_be_visible()
    page.wait_for_timeout(4000)  # longer than the server holds a request
    expect(page.locator(".card .answer")).to_have_count(0)
    stopped_worker()
    expect(page.locator(".card .answer")).to_have_count(3, timeout=20_000)


def test_an_answer_is_in_the_history_after_its_sender_left_the_page(
    open_browser, user, stopped_worker
):
    page = open_browser(user)
    page.goto("/")
    drop(page, PHOTOGRAPHS[2])
    expect(page.get_by_text("Classifying…")).to_be_visible()
    page.goto("/history")
    expect(page.get_by_text("Waiting for an answer")).to_be_visible()
    stopped_worker()
    deadline = time.monotonic() + 20
    while Inference.objects.get().status != "done" and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    page.reload()
    expect(page.locator(".grid strong")).to_have_text("espresso")


def test_no_picture_is_lost_when_the_network_goes_down(
    open_browser, user, stopped_worker, page_guard
):
    page_guard.expect_offline()
    page = open_browser(user)
    page.goto("/")
    drop(page, PHOTOGRAPHS[2])
    expect(page.get_by_text("Classifying…")).to_be_visible()

    page.context.set_offline(True)
    drop(page, PHOTOGRAPHS[0])
    expect(card(page, "coffee.png")).to_contain_text("The picture is saved")
    expect(card(page, "chelsea.png")).to_contain_text("Try again when it is back")

    page.context.set_offline(False)
    expect(card(page, "coffee.png")).to_contain_text("Classifying…", timeout=20_000)
    stopped_worker()
    card(page, "chelsea.png").get_by_role("button", name="Try again").click()
    expect(page.locator(".card .answer")).to_have_count(2, timeout=20_000)
    assert Prediction.objects.count() == 2


def test_an_upload_refused_by_a_proxy_is_retried_automatically(
    open_browser, user, worker, page_guard
):
    page_guard.expect(503)
    page = open_browser(user)
    page.goto("/")
    refusal = {"status": 503, "content_type": "text/html", "headers": {"Retry-After": "1"}}
    page.route(
        "**/history/cards",
        lambda route: route.fulfill(body="<!doctype html><h1>Bad gateway</h1>", **refusal),
        times=1,
    )
    drop(page, PHOTOGRAPHS[2])
    expect(card(page, "coffee.png")).to_contain_text("Something went wrong")
    expect(card(page, "coffee.png")).not_to_contain_text("doctype")
    expect(card(page, "coffee.png")).to_contain_text("espresso")


def test_a_server_that_answers_polls_at_once_is_polled_less_often(
    open_browser, user, stopped_worker
):
    """It usually holds the question; when it does not, asking at once would add to its work."""
    asked = []

    def answer_at_once(route):
        asked.append(route.request.url)
        (prediction,) = Prediction.objects.all()
        waiting = {"finished": False, "html": "<p>Waiting</p>"}
        route.fulfill(json={str(prediction.pk): waiting})

    page = open_browser(user)
    page.route("**/history/cards?*", answer_at_once)
    page.goto("/")
    drop(page, PHOTOGRAPHS[0])
    expect(page.locator(".card")).to_contain_text("Waiting")
    page.wait_for_timeout(2000)
    assert len(asked) == 1
    page.wait_for_timeout(2000)
    assert len(asked) == 2


def test_an_upload_can_be_cancelled_and_tried_again(open_browser, user, worker):
    page = open_browser(user)
    page.goto("/")
    held = []
    page.route("**/history/cards", lambda route: held.append(route))
    drop(page, PHOTOGRAPHS[2])
    expect(page.get_by_text("Sending…")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.", exact=True)).to_be_visible()
    held[0].abort()
    page.unroute("**/history/cards")
    page.get_by_role("button", name="Try again").click()
    expect(card(page, "coffee.png")).to_contain_text("espresso")
    assert Prediction.objects.count() == 1


def test_no_more_than_four_uploads_run_at_once(open_browser, user, model):
    page = open_browser(user)
    page.goto("/")
    held = []
    page.route("**/history/cards", lambda route: held.append(route))
    drop(page, *PHOTOGRAPHS, *PHOTOGRAPHS)
    expect(page.get_by_text("Sending…")).to_have_count(4)
    expect(page.get_by_text("Waiting to be sent…")).to_have_count(2)
    page.unroute_all(behavior="ignoreErrors")
