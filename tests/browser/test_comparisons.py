"""Staff compare two versions, in a real browser, and see where they differ."""

from playwright.sync_api import expect

from tests.predictions.heads import add_imagenet_head


def test_a_comparison_fills_itself_while_staff_look(
    open_browser, staff, user, ask, model, stopped_worker
):
    first, second = [add_imagenet_head(model, seed) for seed in (1, 2)]
    for name in ("coffee.png", "chelsea.png", "rocket.jpg"):
        ask(user, name)
    page = open_browser(staff)
    page.goto("/staff/models/imagenet/compare")
    expect(page.get_by_text("No versions have been compared yet.")).to_be_visible()
    page.get_by_label("Version A").select_option(str(first.pk))
    page.get_by_label("Version B").select_option(str(second.pk))
    page.get_by_label("the latest", exact=True).check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("0 of 3 pictures answered by both")).to_be_visible()
    expect(page.get_by_text("running")).to_be_visible()
    stopped_worker()
    expect(page.get_by_text("finished")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("3 of 3 pictures answered by both")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    # Heads of random weights.
    pictures = page.locator(".differences img")
    expect(pictures).to_have_count(3)
    pictures.first.scroll_into_view_if_needed()
    expect(pictures.first).to_have_js_property("complete", True)
    assert pictures.first.evaluate("picture => picture.naturalWidth") > 0
    expect(page.locator(".differences li").first.get_by_role("listitem")).to_have_count(6)
    page.get_by_role("link", name="All comparisons").click()
    page.get_by_role("link", name=f"{first} / {second}").click()
    expect(page.locator(".differences li.panel")).to_have_count(3)
