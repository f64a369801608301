"""From signing up to a classifier of one's own, made better and rolled back, with real workers."""

import re

from playwright.sync_api import expect

from learning.models import Example, Training
from tests.browser.actions import data_transfer
from tests.learning.teaching import waste

FIRST = 8  # pictures of each class; the others are new to it
TRAINED = 120_000  # milliseconds, on a busy machine


def test_somebody_teaches_a_classifier_corrects_uses_and_betters_it(
    open_browser, worker, training_worker
):
    page = open_browser()
    sign_up(page)
    page.get_by_role("link", name="Teach", exact=True).click()
    page.get_by_label("What does it tell apart?").fill("Kinds of waste")
    page.keyboard.press("Enter")
    for name in ("cardboard", "glass", "paper"):
        page.get_by_label("New class").fill(name)
        page.keyboard.press("Enter")
        expect(column(page, name)).to_be_visible()

    # Chosen, and dropped; one of glass on the wrong class.
    wrong = waste("glass")[10]  # which no training takes for anything else
    column(page, "cardboard").locator("input[type=file]").set_input_files(waste("cardboard", FIRST))
    column(page, "glass").locator("input[type=file]").set_input_files(waste("glass", FIRST))
    drop(page, "paper", *waste("paper", FIRST))
    expect(column(page, "paper").locator(".badge")).to_have_text(str(FIRST))
    drop(page, "cardboard", wrong)
    expect(column(page, "cardboard").locator(".badge")).to_have_text(str(FIRST + 1))
    expect(column(page, "glass").locator(".badge")).to_have_text(str(FIRST))
    # A worker has looked at them, so all are shown.
    looked_at = page.locator(".thumbs img[src*=thumbnail]")
    expect(looked_at).to_have_count(3 * FIRST + 1, timeout=180_000)

    train(page, "Train")
    expect(page.get_by_role("heading", name="How often it is right")).to_be_visible()
    first = page.url
    page.get_by_role("link", name=re.compile("picture of cardboard, said: glass")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("cardboard, taken for glass")
    expect(page.get_by_role("img", name=wrong.name)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="How often it is right")).to_be_visible()
    doubt = page.locator("#suspects li").filter(has_text=wrong.name)
    doubt.get_by_role("button", name="Yes, glass").focus()
    page.keyboard.press("y")
    expect(doubt).to_have_count(0)
    assert Example.objects.get(file_name=wrong.name).taught_class.name == "glass"
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("status").first).to_contain_text("In use.")

    # New pictures, as anybody classifies them; what was said of them becomes examples.
    page.get_by_role("link", name="Classify with it").click()
    expect(page.get_by_label("Classifier")).to_have_value(re.compile("^kinds-of-waste-"))
    page.set_input_files("#file", [waste("glass")[9], waste("paper")[9]])
    expect(page.locator(".card .answer")).to_have_count(2)
    for name in ("glass", "paper"):
        say(page.locator(".card").filter(has=page.locator(".file", has_text=name)), name)
    page.get_by_role("link", name="Teach", exact=True).click()
    page.get_by_role("link", name="Kinds of waste").click()
    page.get_by_role("link", name="Look at them").click()
    page.get_by_role("button", name="Add all 2").click()
    expect(page.get_by_role("status").first).to_contain_text("2 pictures added.")

    train(page, "Train again")
    expect(page.get_by_text("the version that was in use").first).to_be_visible()
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("status").first).to_contain_text("In use.")
    page.get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("status").first).to_contain_text("Rolled back")
    assert page.url == first
    champion = Training.objects.get(version__role="champion")
    assert first.endswith(champion.get_absolute_url())


def sign_up(page):
    page.goto("/accounts/signup")
    page.locator("input[name=email]").fill("ada@example.com")
    page.locator("input[name=username]").fill("Ada")
    page.locator("input[name=password]").fill("a long enough secret")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Welcome.")


def column(page, name):
    return page.locator("section.column").filter(has=page.get_by_role("link", name=name))


def drop(page, name, *paths):
    transfer = data_transfer(page, paths)
    for kind in ("dragover", "drop"):
        column(page, name).dispatch_event(kind, {"dataTransfer": transfer})


def train(page, button):
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#progress")).to_be_visible()
    expect(page.locator("#confusion-title")).to_be_visible(timeout=TRAINED)


def say(card, name):
    """What the picture of a card shows, whatever it was taken for."""
    if card.locator(".answer a").inner_text() == name:
        card.get_by_role("button", name="Right").click()
    else:
        card.get_by_role("button", name=name, exact=True).click()
    expect(card.locator(".good, .bad")).to_be_visible()
