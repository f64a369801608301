"""The history, the trash and a picture's page, in a real browser."""

import re

from playwright.sync_api import expect

from predictions.models import Inference, Prediction
from tests.browser.test_tour import PHOTOGRAPHS
from tests.predictions.in_process import answer

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def checked(page):
    return [box.is_checked() for box in page.get_by_role("checkbox").all()]


def test_all_or_a_range_are_selected_with_one_click(open_browser, user, predictions):
    page = open_browser(user)
    page.goto("/history")
    boxes = page.get_by_role("checkbox")
    boxes.nth(2).check()
    boxes.nth(5).click(modifiers=["Shift"])
    assert checked(page) == [False, False, *[True] * 4, *[False] * 6]
    expect(page.get_by_text("4 selected")).to_be_visible()
    boxes.nth(4).click(modifiers=["Shift"])  # and backwards, taken away
    assert checked(page) == [False, False, True, True, *[False] * 8]
    boxes.nth(8).focus()
    page.keyboard.press("Shift+Space")
    assert checked(page)[4:9] == [True] * 5
    page.get_by_role("button", name="Select all").click()
    assert checked(page) == [True] * 12
    page.get_by_role("button", name="Select none").click()
    assert checked(page) == [False] * 12
    expect(page.get_by_role("button", name="Delete selected")).to_be_disabled()


def test_two_are_deleted_and_restored_from_the_message(open_browser, user, predictions):
    page = open_browser(user)
    page.goto("/history?order=name")
    for box in page.get_by_role("checkbox").all()[:2]:
        box.check()
    page.get_by_role("button", name="Delete selected").click()
    page.get_by_role("link", name="Keep").click()
    expect(page).to_have_url(re.compile(r"/history\?order=name$"))
    for box in page.get_by_role("checkbox").all()[:2]:
        box.check()
    page.get_by_role("button", name="Delete selected").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".grid li")).to_have_count(10)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 pictures restored.")).to_be_visible()
    expect(page.locator(".grid li")).to_have_count(12)
    expect(page).to_have_url(re.compile(r"/history\?order=name$"))


def test_a_phone_shows_pictures_before_filters(open_browser, user, predictions):
    page = open_browser(user, **PHONE)
    page.goto("/history?confidence=sure&zone=UTC")
    assert page.locator(".grid img").first.bounding_box()["y"] < 500
    expect(page.get_by_label("Confidence")).to_be_hidden()
    page.get_by_text("1 filter").click()
    page.get_by_label("Confidence").select_option("any")
    page.get_by_label("Class or file name").fill("gato")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".grid li strong").first).to_have_text(re.compile("cat|tabby"))


def test_days_begin_where_the_reader_is(open_browser, user, ask):
    """Two in the night of the 16th in UTC is the evening of the 15th in Los Angeles."""
    for time, name in (("2026-01-16T02:00Z", "coffee.png"), ("2026-01-15T20:00Z", "rocket.jpg")):
        Prediction.objects.filter(pk=ask(user, name).pk).update(created_at=time)
    page = open_browser(user, timezone_id="America/Los_Angeles")
    page.goto("/history")
    expect(page.get_by_role("heading", level=2)).to_have_text(["January 15, 2026"])
    expect(page.locator("section .grid li strong")).to_have_text(["espresso", "missile (rocket)"])
    other = open_browser(user, timezone_id="UTC", locale="es")
    other.goto("/history")
    expect(other.get_by_role("heading", level=2)).to_have_text(
        ["16 de enero de 2026", "15 de enero de 2026"]
    )


def test_pages_that_are_added_while_scrolling_stand_under_their_days(open_browser, user, ask):
    one = ask(user)
    Prediction.objects.bulk_create(
        Prediction(
            user=user,
            image=one.image,
            inference=one.inference,
            file_name=f"{n}.png",
            created_at=f"2026-01-{20 - n // 10:02}T12:{59 - n % 10}Z",
        )
        for n in range(60)
    )
    one.delete()
    page = open_browser(user, viewport={"width": 1280, "height": 600}, timezone_id="UTC")
    page.goto("/history")
    for shown in (24, 48, 60):
        expect(page.locator(".grid li")).to_have_count(shown)
        page.mouse.wheel(0, 20_000)
    days = [f"January {day}, 2026" for day in range(20, 14, -1)]
    expect(page.get_by_role("heading", level=2)).to_have_text(days)
    for section in page.locator("#found section").all():
        expect(section.locator("li")).to_have_count(10)


def test_tiles_that_wait_show_their_answer_when_it_is_there(
    open_browser, user, ask, stopped_worker
):
    waiting = ask(user, answered=False)
    page = open_browser(user)
    asked = []
    page.on("request", lambda request: "/tiles" in request.url and asked.append(request.url))
    page.goto("/history")
    tile = page.locator(".grid li")
    tile.get_by_role("checkbox").check()
    expect(tile).to_contain_text("Waiting for an answer")
    page.wait_for_timeout(2500)
    expect(tile).to_contain_text("Waiting for an answer")
    answer([waiting.inference])
    expect(tile.locator("strong")).to_have_text("espresso", timeout=10_000)
    expect(tile.locator("img")).to_have_count(1)
    expect(tile.get_by_role("checkbox")).to_be_checked()
    number = len(asked)
    assert number in (2, 3)
    page.wait_for_timeout(6000)
    assert len(asked) == number


def test_tiles_are_not_asked_for_while_nobody_looks(open_browser, user, ask, stopped_worker):
    ask(user, answered=False)
    page = open_browser(user)
    page.add_init_script(
        "Object.defineProperty(document, 'hidden', { get: () => window.away ?? true });"
    )
    asked = []
    page.on("request", lambda request: "/tiles" in request.url and asked.append(request.url))
    page.goto("/history")
    page.wait_for_timeout(3000)
    assert not asked
    page.evaluate("""() => {
        window.away = false;
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    page.wait_for_timeout(3000)
    assert len(asked) == 1


def test_arrow_keys_lead_through_the_filtered_pictures(open_browser, user, ask):
    for path in PHOTOGRAPHS:  # a cat, a rocket, a cup
        ask(user, path.name)
    page = open_browser(user)
    page.goto("/history?order=name&confidence=unsure")
    page.locator(".grid a").first.click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text("tiger cat")
    page.keyboard.press("ArrowLeft")  # none
    page.keyboard.press("ArrowRight")
    expect(title).to_have_text("missile (rocket)")
    expect(page.get_by_role("link", name="Next")).to_have_count(0)
    page.get_by_role("button", name="Wrong").click()
    page.get_by_role("textbox").last.fill("ab")
    page.keyboard.press("ArrowLeft")  # moves in the text
    expect(title).to_have_text("missile (rocket)")
    page.get_by_role("link", name="All pictures").focus()
    page.keyboard.press("ArrowLeft")
    expect(title).to_have_text("tiger cat")
    page.get_by_role("link", name="All pictures").click()
    expect(page).to_have_url(re.compile(r"/history\?order=name&confidence=unsure$"))


def swipe(page, across, down=0):
    box = page.locator("a.zoom").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    client = page.context.new_cdp_session(page)
    for kind, part in (("touchStart", 0), ("touchMove", 0.5), ("touchMove", 1), ("touchEnd", None)):
        points = [] if part is None else [{"x": x + part * across, "y": y + part * down}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_swiping_leads_to_the_next_picture(open_browser, user, ask):
    cup, rocket = ask(user), ask(user, "rocket.jpg")
    page = open_browser(user, **PHONE)
    page.goto(f"/history/{rocket.pk}")
    title = page.get_by_role("heading", level=1)
    swipe(page, 20)
    swipe(page, -80, 100)
    expect(title).to_have_text("missile (rocket)")
    swipe(page, -150, 10)
    expect(title).to_have_text("espresso")
    swipe(page, 150)
    expect(title).to_have_text("missile (rocket)")
    assert Inference.objects.count() == 2 and cup


def test_a_picture_is_shown_large_and_twice_as_large(open_browser, user, ask):
    page = open_browser(user, viewport={"width": 500, "height": 300})
    page.goto(f"/history/{ask(user).pk}")  # 600 by 400 pixels
    page.get_by_role("link", name="The picture coffee.png").click()
    dialog = page.get_by_role("dialog")
    picture = dialog.get_by_role("img")
    expect(picture).to_be_visible()
    page.wait_for_function("document.querySelector('dialog img').complete")
    assert round(picture.bounding_box()["height"]) == 300
    picture.click(position={"x": 5, "y": 5})
    assert round(picture.bounding_box()["width"]) == 1000
    assert dialog.locator("div").evaluate("frame => [frame.scrollLeft, frame.scrollTop]") == [0, 0]
    picture.click(position={"x": 5, "y": 5})
    picture.click(position={"x": 440, "y": 290})
    assert dialog.locator("div").evaluate("frame => frame.scrollTop") > 300
    page.keyboard.press("ArrowRight")  # moves the picture
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="The picture coffee.png").click()
    page.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_a_picture_is_downloaded_under_its_name(open_browser, user, ask):
    prediction = ask(user)
    Prediction.objects.update(file_name="Mi café.png")
    page = open_browser(user, accept_downloads=True)
    page.goto(f"/history/{prediction.pk}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "Mi café.png"
