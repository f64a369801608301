"""Pages are accessible: with a screen reader, in light and dark, on a narrow phone."""

import pytest

from tests.browser.axe import axe
from tests.browser.pages import CASES, as_it_is

every_page = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
# What is done to the others before the look names English buttons.
every_page_as_it_is = pytest.mark.parametrize(
    "case", [case for case in CASES if case.prepare is as_it_is], ids=lambda case: case.name
)


@every_page
@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_no_violation_on_any_page(case, color_scheme, open_case):
    axe(open_case(case, color_scheme=color_scheme))


@every_page
def test_every_page_declares_its_language_and_fits_a_narrow_phone(case, open_case):
    page = open_case(case, viewport={"width": 320, "height": 640})
    root = page.locator("html")
    assert root.get_attribute("lang")
    assert is_as_wide_as_the_phone(page)


@every_page_as_it_is
def test_every_page_fits_a_narrow_phone_in_spanish(case, open_case):
    page = open_case(case, viewport={"width": 320, "height": 640}, locale="es")
    assert page.locator("html").get_attribute("lang") == "es"
    assert is_as_wide_as_the_phone(page)


def is_as_wide_as_the_phone(page):
    return page.locator("html").evaluate("root => root.scrollWidth <= root.clientWidth")
