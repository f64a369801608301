"""Choosing a classifier, and changing what answers, as people do it."""

import re

from playwright.sync_api import expect

from predictions.classifiers import ModelVersion
from tests.pictures import IMAGES
from tests.predictions.heads import add_colours
from tests.predictions.versions import promote, version_like


def test_a_dropped_picture_goes_to_the_chosen_classifier(open_browser, user, worker, model):
    promote(add_colours(model))
    page = open_browser(user)
    page.goto("/")
    page.get_by_label("Classifier").select_option("Colours")
    page.set_input_files("#file", str(IMAGES / "coffee.png"))
    card = page.locator(".card")
    expect(card.locator(".answer a")).to_have_text(re.compile("^(Red|Blue) things$"))
    expect(card.locator(".file")).to_have_text("Colours · coffee.png")
    other = "Blue" if "Red" in card.locator(".answer a").inner_text() else "Red"
    card.locator(".other summary").click()
    card.locator("input[data-labels]").press_sequentially(other.lower())
    page.get_by_role("option", name=f"{other} things").click()
    expect(card.locator(".said")).to_contain_text(f"Corrected to {other} things.")
    page.reload()
    expect(page.get_by_label("Classifier")).to_have_value("colours")


def test_staff_promote_a_version_by_keyboard(open_browser, staff, model):
    newer = version_like(model, "newer")
    page = open_browser(staff)
    page.goto("/")
    page.get_by_role("link", name="Models", exact=True).click()
    page.get_by_role("link", name="ImageNet, 1,000 classes").click()
    page.get_by_role("link", name=f"Promote: {newer}").press("Enter")
    expect(page.get_by_role("listitem").filter(has_text="answers all new pictures")).to_be_visible()
    page.get_by_label("Why?").fill("better with cats")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"{newer} answers all new pictures")
    expect(page.locator(".versions li").first).to_contain_text("newer")
    assert ModelVersion.objects.get(role="champion") == newer
