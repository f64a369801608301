"""axe-core: what a program can find of what keeps people from using a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# All of them that look at colours, which are all that differs between light and dark.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


def axe(page: Page, rules: dict[str, str | list[str]] = WCAG) -> None:
    """Fails with a list of what WCAG 2.2, level AA, does not allow.

    It gets into the page through the debugger, which the Content-Security-Policy does not concern.
    """
    # Without preloading it asks for no file by itself, which the page guard would find.
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    violations = Axe().run(page, options=options).response["violations"]
    lines = [
        f"{violation['id']} ({violation['help']}): {' '.join(map(str, node['target']))}"
        for violation in violations
        for node in violation["nodes"]
    ]
    assert not lines, "\n".join([f"axe on {page.url}:", *lines])
