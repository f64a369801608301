"""Draws the icons of phones from static/icon.svg: `python -m tests.browser.icons` after a change.

A phone cuts a maskable one to its own shape, so that has no round corners.
"""

from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.chromium import find_or_install

STATIC = Path(__file__).parents[2] / "static"
ROUND = 'rx="7" '
PAGE = "<style>body {{ margin: 0 }} svg {{ display: block }}</style>{}"


def main() -> None:
    (STATIC / "icons").mkdir(exist_ok=True)
    drawing = (STATIC / "icon.svg").read_text()
    drawings = {"icon": drawing, "maskable": drawing.replace(ROUND, "")}
    with sync_playwright() as playwright:
        program = find_or_install(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, svg in drawings.items():
            for side in (192, 512):
                path = STATIC / "icons" / f"{name}-{side}.png"
                page = browser.new_page(viewport={"width": side, "height": side})
                page.set_content(PAGE.format(svg))
                page.screenshot(path=path, omit_background=True)
                page.close()
                with Image.open(path) as image:
                    image.quantize(64).save(path, optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
