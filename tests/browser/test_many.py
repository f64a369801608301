"""Many pictures on one page: compact rows, what they have in common, and what is done with all."""

import csv
import json
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from playwright.sync_api import expect

from feedback.models import Feedback
from predictions.models import Prediction
from tests.browser.test_tour import PHOTOGRAPHS, card
from tests.pictures import IMAGES

PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def twenty_pictures(tmp_path_factory) -> list[Path]:
    """Parts of the three photographs."""
    folder = tmp_path_factory.mktemp("twenty")
    made = []
    for number in range(20):
        with Image.open(PHOTOGRAPHS[number % 3]) as image:
            made.append(folder / f"picture {number + 1}.jpg")
            cut = ImageOps.crop(image.convert("RGB"), border=4 * (number // 3))
            cut.save(made[-1])
    return made


def names(page):
    return page.locator(".card > .name").all_text_contents()


@pytest.mark.parametrize(("width", "most"), [(390, 2600), (1280, 1400)])
def test_twenty_answered_pictures_make_a_short_page(
    open_browser, user, worker, twenty_pictures, width, most
):
    page = open_browser(user, viewport={"width": width, "height": 844})
    page.goto("/")
    page.set_input_files("#file", twenty_pictures)
    expect(page.locator(".card .answer")).to_have_count(20, timeout=30_000)
    expect(page.locator("#latest .grid li")).to_have_count(6)
    page.wait_for_timeout(1000)  # the latest pictures, once more
    root = page.locator("html")
    assert root.evaluate("root => root.scrollHeight") < most
    assert root.evaluate("root => root.scrollWidth <= root.clientWidth")


def test_a_summary_stays_in_view(open_browser, user, worker, twenty_pictures, tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("no picture")
    page = open_browser(user, viewport={"width": 390, "height": 844})
    page.goto("/")
    expect(page.locator("#batch")).to_be_hidden()
    page.set_input_files("#file", [*twenty_pictures[:9], notes])
    expect(page.locator(".card .answer")).to_have_count(9, timeout=30_000)
    sure = page.locator(".card[data-state=sure]").count()
    counts = page.locator("#batch .counts")
    expect(counts).to_have_text(f"{sure} done · {9 - sure} not sure · 1 refused")
    page.mouse.wheel(0, 10_000)
    expect(counts).to_be_in_viewport()


def test_the_least_certain_answers_come_first_when_asked_for(open_browser, user, worker):
    page = open_browser(user)
    page.goto("/")
    page.set_input_files("#file", [PHOTOGRAPHS[1], PHOTOGRAPHS[2], IMAGES / "README.md"])
    expect(page.locator(".card .answer")).to_have_count(2)
    assert names(page) == ["README.md", "coffee.png", "rocket.jpg"]
    page.get_by_role("button", name="Unsure first").click()
    assert names(page) == ["rocket.jpg", "coffee.png", "README.md"]
    page.get_by_role("button", name="Unsure first").click()
    assert names(page) == ["README.md", "coffee.png", "rocket.jpg"]


def test_all_sure_answers_are_confirmed_by_one_click_which_can_be_undone(
    open_browser, user, worker
):
    page = open_browser(user)
    page.goto("/")
    page.set_input_files("#file", PHOTOGRAPHS[1:])
    expect(page.locator(".card .answer")).to_have_count(2)
    page.get_by_role("button", name="All right").click()
    expect(page.get_by_role("status")).to_contain_text("1 answer marked as right.")
    expect(card(page, "coffee.png")).to_contain_text("You said it is right.")
    expect(card(page, "rocket.jpg")).not_to_contain_text("You said it is right.")
    page.get_by_role("button", name="All right").click()
    expect(page.get_by_role("status")).to_contain_text("You have judged all of these already.")
    assert Feedback.objects.get().correct
    card(page, "coffee.png").get_by_role("button", name="Undo").click()
    expect(card(page, "coffee.png")).not_to_contain_text("You said it is right.")
    page.get_by_role("button", name="All right").click()
    page.locator("#batch").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_have_text("Undone.")
    expect(card(page, "coffee.png")).not_to_contain_text("You said it is right.")
    assert not Feedback.objects.exists()


def test_all_refused_pictures_are_tried_again_or_removed(open_browser, user, worker, page_guard):
    page_guard.expect_offline()
    page = open_browser(user)
    page.goto("/")
    page.context.set_offline(True)
    page.set_input_files("#file", [*PHOTOGRAPHS, IMAGES / "README.md"])
    expect(page.locator("#batch .counts")).to_have_text("4 refused")
    assert card(page, "README.md").bounding_box()["height"] < 100
    page.context.set_offline(False)
    page.get_by_role("button", name="Try all again").click()
    expect(page.locator(".card .answer")).to_have_count(3)
    expect(page.get_by_role("button", name="Try all again")).to_be_hidden()
    page.get_by_role("button", name="Remove refused").click()
    expect(page.locator(".card")).to_have_count(3)
    expect(page.get_by_role("button", name="Remove refused")).to_be_hidden()


@pytest.mark.parametrize("kind", ["CSV", "JSON"])
def test_the_pictures_of_this_page_alone_are_exported(open_browser, user, worker, ask, kind):
    ask(user, "chelsea.png")
    page = open_browser(user, accept_downloads=True)
    page.goto("/")
    page.set_input_files("#file", PHOTOGRAPHS[1:])
    expect(page.locator(".card .answer")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Export as {kind}").click()
    with open(download.value.path(), newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file) if kind == "CSV" else json.load(file))
    assert {row["file_name"] for row in rows} == {"coffee.png", "rocket.jpg"}
    assert Prediction.objects.count() == 3


def test_a_click_anywhere_in_the_box_chooses_pictures(open_browser, user, model):
    page = open_browser(user)
    page.goto("/")
    with page.expect_file_chooser():
        page.locator("#classify").click(position={"x": 500, "y": 12})


def test_a_phone_offers_its_camera_first_and_nothing_to_drop(open_browser, user, model):
    page = open_browser(user, **PHONE)
    page.goto("/")
    expect(page.get_by_text("Drop pictures here")).to_be_hidden()
    photo, choose = page.get_by_text("Take a photo"), page.get_by_text("Choose pictures")
    assert photo.bounding_box()["x"] < choose.bounding_box()["x"]
    with page.expect_file_chooser():
        photo.click()


def test_the_latest_pictures_follow_the_answers(open_browser, user, worker):
    page = open_browser(user)
    page.goto("/")
    expect(page.get_by_text("No pictures yet.")).to_be_visible()
    page.set_input_files("#file", PHOTOGRAPHS)
    expect(page.locator("#latest .grid strong")).to_have_count(3)
    expect(page.locator("#latest").get_by_text("espresso")).to_be_visible()
    expect(page.get_by_text("No pictures yet.")).to_have_count(0)
