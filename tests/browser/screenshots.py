"""Pictures of all pages for people to look at: `make screenshots`. No test looks at them."""

import pytest

from tests.browser.pages import CASES
from tests.conftest import PROJECT

FOLDER = PROJECT / "docs" / "screenshots"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_screenshot(case, color_scheme, width, open_case):
    page = open_case(case, color_scheme=color_scheme, viewport={"width": width, "height": 844})
    page.screenshot(path=FOLDER / f"{case.name}-{width}-{color_scheme}.png", full_page=True)
