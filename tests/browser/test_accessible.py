"""Pages are accessible: with a screen reader, in light and dark, on a narrow phone."""

import pytest
from django.conf import settings

from tests.browser.axe import axe
from tests.browser.pages import CASES, as_it_is

NARROW_PHONE = {"width": 320, "height": 640}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_page_has_no_violation_in_light_and_dark_and_fits_a_narrow_phone(case, open_case, site):
    page = open_case(case, color_scheme="light")
    axe(page)
    page.emulate_media(color_scheme="dark")
    axe(page)
    page.set_viewport_size(NARROW_PHONE)
    assert language(page) == "en"
    assert_fits(page)
    # What is done to the others before the look names English buttons.
    if case.prepare is as_it_is:
        page.context.add_cookies(
            [{"name": settings.LANGUAGE_COOKIE_NAME, "value": "es", "url": site}]
        )
        page.reload()
        assert language(page) == "es"
        assert_fits(page)


def language(page):
    return page.locator("html").get_attribute("lang")


def assert_fits(page):
    wide = page.locator("html").evaluate("root => root.scrollWidth - root.clientWidth")
    assert wide == 0, f"{page.url} is {wide} px wider than the phone"
