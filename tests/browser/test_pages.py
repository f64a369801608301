"""Single features of the pages, in a real browser."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from feedback.models import Feedback
from predictions.models import Image, Prediction
from tests.browser.actions import drop
from tests.browser.test_tour import card


def test_feedback_can_be_changed_and_withdrawn(open_browser, user, ask):
    prediction = ask(user)
    page = open_browser(user)
    page.goto(f"/history/{prediction.pk}")
    page.get_by_role("button", name="Wrong").click()
    expect(page.locator(".said")).to_contain_text("You said it is wrong.")
    page.get_by_label("Anything else?").fill("It is a cup.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("q")).to_have_text("It is a cup.")
    page.get_by_role("button", name="Right").click()
    expect(page.locator(".said")).to_contain_text("You said it is right.")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator(".said")).to_contain_text("Is that right?")
    assert not Feedback.objects.exists()
    page.reload()
    expect(page.get_by_text("Is that right?")).to_be_visible()


def test_classes_that_share_a_name_are_told_apart_by_their_synset(open_browser, user, ask):
    page = open_browser(user)
    page.goto(f"/history/{ask(user).pk}")
    page.get_by_role("button", name="Wrong").click()
    page.get_by_role("combobox").press_sequentially("crane")
    page.get_by_role("option", name="crane (n03126707)").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".said")).to_contain_text("You said it is wrong: crane (n03126707).")
    expect(page.locator("[aria-live]")).to_contain_text("crane (n03126707)")
    assert Feedback.objects.get().label == "crane (n03126707)"


def test_scrolling_loads_older_history(open_browser, user, ask):
    one = ask(user)
    Prediction.objects.bulk_create(
        Prediction(user=user, image=one.image, inference=one.inference, file_name=f"{n}.png")
        for n in range(59)
    )
    page = open_browser(user, viewport={"width": 1280, "height": 600})
    page.goto("/history")
    expect(page.locator(".grid li")).to_have_count(24)
    for shown in (48, 60):
        page.mouse.wheel(0, 20_000)
        expect(page.locator(".grid li")).to_have_count(shown)
    expect(page.get_by_role("link", name="Older")).to_have_count(0)


def test_dates_in_the_history_follow_the_readers_time_zone(open_browser, user, ask):
    ask(user)
    Prediction.objects.update(created_at="2026-01-16T02:00:00Z")
    page = open_browser(user, timezone_id="America/Los_Angeles")
    page.goto("/history")
    expect(page.locator(".grid time")).to_contain_text("Jan 15")
    for day, found in (("2026-01-15", 1), ("2026-01-16", 0)):
        page.get_by_label("From").fill(day)
        page.get_by_label("To").fill(day)
        page.get_by_role("button", name="Find").click()
        expect(page.locator(".grid li")).to_have_count(found)


def test_metadata_is_listed_and_removed_on_request(
    open_browser, user, worker, photograph_with_place
):
    page = open_browser(user)
    page.goto("/")
    page.get_by_label("Remove location").check()
    drop(page, photograph_with_place)
    expect(card(page, "place.jpg")).to_contain_text("the location, Acme Pocket 3 (removed)")
    expect(page.locator(".card .scores")).to_have_count(1)
    stored = Image.objects.get().file.read()
    assert b"Acme" in photograph_with_place.read_bytes()
    assert b"Acme" not in stored


def test_a_large_photograph_is_scaled_down_on_request(open_browser, user, worker, large):
    page = open_browser(user)
    page.goto("/")
    page.get_by_label("Scale down large photos").check()
    drop(page, large)
    expect(page.locator(".card .scores")).to_have_count(1)
    image = Image.objects.get()
    assert (image.width, image.height) == (1024, 683)
    page.get_by_label("Scale down large photos").uncheck()
    drop(page, large)
    expect(page.locator(".card .scores")).to_have_count(2)
    assert Image.objects.filter(width=1800).exists()


def test_signed_out_visitors_can_classify_the_example(open_browser, worker):
    page = open_browser()
    page.goto("/")
    page.get_by_role("button", name="Classify this example").click()
    expect(page.locator(".scores li")).to_have_count(5)
    expect(page.locator(".scores li").first).to_contain_text("cat")
    page.goto("/")  # the next stranger sees the answer at once
    expect(page.locator(".scores li")).to_have_count(5)
    assert not User.objects.get().is_active
    assert Prediction.objects.count() == 1


@pytest.mark.parametrize("locale", ["en", "es"])
def test_pages_are_in_the_language_of_the_browser(open_browser, locale, worker):
    page = open_browser(locale=locale)
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", locale)
    words = {"en": "What does this picture show?", "es": "¿Qué muestra esta imagen?"}
    expect(page.get_by_role("heading", level=1)).to_have_text(words[locale])


def test_the_chosen_language_is_kept_with_the_account(open_browser, user, ask):
    page = open_browser(user, locale="en")
    page.goto(f"/history/{ask(user).pk}")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator(".scores li").first).to_contain_text("espresso 95,0 %")
    other = open_browser(user, locale="en")
    other.goto("/history")
    expect(other.get_by_role("heading", level=1)).to_have_text("Tus imágenes")
