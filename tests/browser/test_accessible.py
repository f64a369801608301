"""Pages are accessible: with a screen reader, in light and dark, on a narrow phone."""

import pytest
from django.conf import settings

from tests.browser.axe import COLOURS, axe
from tests.browser.pages import CASES, as_it_is

NARROW_PHONE = {"width": 320, "height": 640}
# Elements wider than the phone, except in boxes that scroll sideways or for screen readers only.
SPILLS = """() => Array.from(document.querySelectorAll("body *"))
    .filter((element) => {
        const { width, left, right } = element.getBoundingClientRect();
        if (width <= 1 || !element.checkVisibility()) return false;
        return left < 0 || right > document.documentElement.clientWidth + 0.5;
    })
    .filter((element) => {
        for (let box = element; box !== document.body; box = box.parentElement) {
            if (getComputedStyle(box).overflowX !== "visible") return false;
        }
        return !element.matches(".skip");
    })
    .map((element) => element.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_page_has_no_violation_in_light_and_dark_and_fits_a_narrow_phone(case, open_case, site):
    page = open_case(case, color_scheme="light")
    axe(page)
    page.emulate_media(color_scheme="dark")
    axe(page, COLOURS)
    page.set_viewport_size(NARROW_PHONE)
    assert language(page) == "en"
    assert page.evaluate(SPILLS) == []
    if case.prepare is as_it_is:
        page.context.add_cookies(
            [{"name": settings.LANGUAGE_COOKIE_NAME, "value": "es", "url": site}]
        )
        page.reload()
    else:
        page = open_case(case, locale="es", viewport=NARROW_PHONE)
    assert language(page) == "es"
    assert page.evaluate(SPILLS) == []


def language(page):
    return page.locator("html").get_attribute("lang")
