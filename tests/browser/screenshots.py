"""Pictures of all pages for people to look at: `make screenshots`. No test looks at them."""

from itertools import product

import pytest

from tests.browser.pages import CASES
from tests.conftest import PROJECT

FOLDER = PROJECT / "docs" / "screenshots"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_screenshots(case, open_case):
    page = open_case(case)
    for width, color_scheme in product([390, 1280], ["light", "dark"]):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=color_scheme)
        path = FOLDER / f"{case.name}-{width}-{color_scheme}.png"
        page.screenshot(path=path, full_page=True, animations="disabled")
