"""Pages can be used by everybody: with a screen reader, in light and dark, on a narrow phone."""

import pytest

from tests.browser.axe import axe
from tests.browser.pages import CASES

every_page = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@every_page
@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing(case, color_scheme, open_case):
    axe(open_case(case, color_scheme=color_scheme))


@every_page
def test_it_says_its_language_and_fits_a_narrow_phone(case, open_case):
    page = open_case(case, viewport={"width": 320, "height": 640})
    root = page.locator("html")
    assert root.get_attribute("lang")
    assert root.evaluate("root => root.scrollWidth - root.clientWidth") <= 0
