"""The main tasks of a user, from the first visit to the last, in a real browser."""

import csv
import re

import pytest
from playwright.sync_api import expect

from feedback.models import Feedback
from predictions.models import Prediction
from tests.browser.actions import drop, paste
from tests.pictures import IMAGES

PHOTOGRAPHS = [IMAGES / name for name in ("chelsea.png", "rocket.jpg", "coffee.png")]
PASSWORD = "a long enough secret"


def sign_up(page, name="ada@example.com"):
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    page.get_by_label("Email").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("Welcome.")).to_be_visible()


def card(page, name):
    return page.locator(".card").filter(has_text=name)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_new_user_classifies_rates_finds_exports_and_deletes_pictures(
    open_browser, worker, width
):
    page = open_browser(viewport={"width": width, "height": 844}, accept_downloads=True)
    sign_up(page)

    drop(page, *PHOTOGRAPHS)
    expect(page.locator(".card .answer")).to_have_count(3)
    expect(card(page, "coffee.png").locator(".answer")).to_contain_text("espresso 95.0%")
    expect(card(page, "rocket.jpg")).to_contain_text("Not sure")
    expect(card(page, "coffee.png")).not_to_contain_text("Not sure")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    rocket = card(page, "rocket.jpg")
    rocket.get_by_text("Other…").click()
    rocket.get_by_role("combobox").press_sequentially("space sh")
    rocket.get_by_role("option", name="space shuttle").click()
    expect(rocket).to_contain_text("Corrected to space shuttle.")
    card(page, "coffee.png").get_by_role("button", name="Right").click()
    expect(card(page, "coffee.png")).to_contain_text("You said it is right.")
    assert set(Feedback.objects.values_list("correct", "label")) == {
        (False, "space_shuttle"),
        (True, ""),
    }

    page.get_by_role("link", name="History").click()
    page.get_by_label("Class or file name").fill("missile")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".grid li")).to_have_count(1)
    page.locator(".grid a").click()
    expect(page.get_by_text("Corrected to space shuttle.")).to_be_visible()

    page.get_by_role("link", name="History").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    with open(download.value.path(), newline="", encoding="utf-8-sig") as file:
        assert {row["label"] for row in csv.DictReader(file)} == {
            "espresso",
            "missile",
            "tiger_cat",
        }

    for box in page.get_by_role("checkbox").all():
        box.check()
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.get_by_role("button", name="Delete selected").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("3 pictures deleted.")).to_be_visible()
    assert not Prediction.objects.exists()


def test_a_pasted_picture_is_classified(open_browser, user, worker):
    page = open_browser(user)
    page.goto("/")
    paste(page, PHOTOGRAPHS[2])
    expect(card(page, "coffee.png")).to_contain_text("espresso")


def test_the_site_works_without_javascript(open_browser, worker):
    page = open_browser(java_script_enabled=False)
    sign_up(page)
    page.set_input_files("#file", PHOTOGRAPHS)
    page.get_by_role("button", name="Classify").click()
    expect(page.get_by_text("Pictures received.")).to_be_visible()
    expect(page.locator(".grid li")).to_have_count(3)
    page.goto("/")
    page.set_input_files("#file", PHOTOGRAPHS[2])
    page.get_by_role("button", name="Classify").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("espresso")
    page.get_by_text("Other…").click()
    page.get_by_label("What does it show?").fill("coffee mug")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Corrected to coffee mug.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Is that right?")).to_be_visible()
    page.locator(".chips").get_by_role("button", name="cup", exact=True).click()
    expect(page.get_by_text("Corrected to cup.")).to_be_visible()
    page.get_by_role("link", name="History").click()
    page.get_by_text("Filters and order").click()
    page.get_by_label("Confidence").select_option("unsure")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".grid li")).to_have_count(2)
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Delete selected").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("None of your pictures match.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".grid li")).to_have_count(2)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def test_a_picture_can_be_classified_and_corrected_with_the_keyboard_alone(
    open_browser, user, worker
):
    page = open_browser(user)
    # Playwright does not wait until the browser hands it file choosers: listening now, it does by
    # the time the key is pressed.
    page.on("filechooser", lambda chooser: None)
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#file")).to_be_focused()
    assert page.locator("label[for=file]").evaluate(
        "label => getComputedStyle(label).outlineStyle"
    ) == ("solid")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files([PHOTOGRAPHS[2]])
    expect(card(page, "coffee.png")).to_contain_text("espresso")
    expect(page.locator("#say")).to_contain_text("coffee.png: espresso, 95.0%")

    other = page.get_by_text("Other…")
    for _ in range(20):
        page.keyboard.press("Tab")
        if other.evaluate("summary => summary === document.activeElement"):
            break
    page.keyboard.press("Enter")
    search = card(page, "coffee.png").get_by_role("combobox")
    expect(search).to_be_focused()
    page.keyboard.type("cup")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(search).to_have_attribute("aria-activedescendant", re.compile("-0$"))
    page.keyboard.press("Enter")
    expect(card(page, "coffee.png")).to_contain_text("Corrected to cup.")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
