"""Single features of the pages, in a real browser."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from feedback.models import Feedback
from predictions.labels.words import class_name
from predictions.models import Image, Prediction
from tests.browser.actions import drop
from tests.browser.test_tour import card
from tests.pictures import IMAGES


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
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".said")).to_contain_text("Is that right?")
    assert not Feedback.objects.exists()
    page.reload()
    expect(page.get_by_text("Is that right?")).to_be_visible()


def test_an_answer_is_corrected_by_one_tap_and_that_is_undone_by_another(open_browser, user, ask):
    prediction = ask(user)
    second = prediction.inference.top_k[1]
    name = class_name(second["label"], "en")
    page = open_browser(user, viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(f"/history/{prediction.pk}")
    page.locator(".chips").get_by_role("button", name=name, exact=True).tap()
    expect(page.locator(".said")).to_contain_text(f"Corrected to {name}.")
    expect(page.locator("[aria-live]")).to_contain_text(f"Corrected to {name}.")
    assert Feedback.objects.get().label == second["label"]
    page.get_by_role("button", name="Undo").tap()
    expect(page.locator(".chips")).to_be_visible()
    assert not Feedback.objects.exists()


def test_a_correction_without_a_connection_says_so_on_its_card(
    open_browser, user, ask, model, page_guard
):
    page_guard.expect_offline()
    ask(user)
    page = open_browser(user)
    page.goto("/")
    drop(page, IMAGES / "coffee.png")
    cup = page.locator(".card .chips").get_by_role("button", name="cup", exact=True)
    expect(cup).to_be_visible()
    page.context.set_offline(True)
    cup.click()
    expect(page.locator(".card .said")).to_contain_text("Connection lost.")
    assert page.locator(".card .said").bounding_box()["width"] > 100
    page.context.set_offline(False)
    cup.click()
    expect(page.locator(".card .said")).to_contain_text("Corrected to cup.")


def test_classes_that_share_a_name_are_told_apart(open_browser, user, ask):
    page = open_browser(user)
    page.goto(f"/history/{ask(user).pk}")
    page.get_by_text("Other…").click()
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("crane")
    expect(page.get_by_role("option")).to_contain_text(["wading bird", "lifts and moves"])
    page.get_by_role("option", name="crane (machine)").click()
    expect(page.locator(".said")).to_contain_text("Corrected to crane (machine).")
    assert Feedback.objects.get().label == "crane (n03126707)"


def test_a_spanish_page_finds_and_shows_classes_in_spanish(open_browser, user, ask):
    page = open_browser(user, locale="es")
    page.goto(f"/history/{ask(user).pk}")
    page.get_by_text("Otra…").click()
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("gato")
    tabby = class_name("tabby", "es")
    page.get_by_role("option", name=tabby).first.click()
    expect(page.locator(".said")).to_contain_text(f"Corregido: {tabby}.")
    assert Feedback.objects.get().label == "tabby"


def test_what_is_no_class_is_saved_as_it_is_written(open_browser, user, ask):
    page = open_browser(user)
    page.goto(f"/history/{ask(user).pk}")
    page.get_by_text("Other…").click()
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("a mug by Ana")
    expect(page.get_by_role("option")).to_have_text(
        ["No class has this name. It will be saved as you write it."]
    )
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("Corrected to a mug by Ana.")
    assert Feedback.objects.get().label == "a mug by Ana"


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
    expect(page.get_by_role("link", name="More")).to_have_count(0)


def test_dates_in_the_history_follow_the_readers_time_zone(open_browser, user, ask):
    ask(user)
    Prediction.objects.update(created_at="2026-01-16T02:00:00Z")
    page = open_browser(user, timezone_id="America/Los_Angeles")
    page.goto("/history")
    expect(page.locator(".grid time")).to_contain_text("Jan 15")
    for day, found in (("2026-01-15", 1), ("2026-01-16", 0)):
        page.get_by_text("Filters and order").click()
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
    expect(page.locator(".card .answer")).to_have_count(1)
    stored = Image.objects.get().file.read()
    assert b"Acme" in photograph_with_place.read_bytes()
    assert b"Acme" not in stored


def test_what_may_be_used_is_sent_with_the_picture_and_remembered(open_browser, user, model):
    page = open_browser(user)
    page.goto("/")
    box = page.get_by_label("May be used to improve the service")
    expect(box).not_to_be_checked()
    box.check()
    with page.expect_response(lambda response: response.request.method == "POST"):
        drop(page, IMAGES / "coffee.png")
    assert Prediction.objects.get().may_improve
    page.goto("/")
    expect(box).to_be_checked()


def test_a_large_photograph_is_scaled_down_on_request(open_browser, user, worker, large):
    page = open_browser(user)
    page.goto("/")
    page.get_by_label("Scale down large photos").check()
    drop(page, large)
    expect(page.locator(".card .answer")).to_have_count(1)
    image = Image.objects.get()
    assert (image.width, image.height) == (1024, 683)
    page.get_by_label("Scale down large photos").uncheck()
    drop(page, large)
    expect(page.locator(".card .answer")).to_have_count(2)
    assert Image.objects.filter(width=1800).exists()


def test_signed_out_visitors_can_classify_the_example(open_browser, worker):
    page = open_browser()
    page.goto("/")
    page.get_by_role("button", name="Classify this example").click()
    expect(page.locator(".scores li")).to_have_count(5)
    expect(page.locator(".scores li").first).to_contain_text("espresso")
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
    expect(page.locator(".scores li").first).to_contain_text("café expreso 95,0 %")
    other = open_browser(user, locale="en")
    other.goto("/history")
    expect(other.get_by_role("heading", level=1)).to_have_text("Tus imágenes")
