"""The start page as a viewer reads it."""

import re
from html import unescape


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def sections(html: str) -> dict[str, str]:
    """By their headings."""
    found = re.findall(r'<section class="module".*?</section>', html, re.S)
    return {text(re.search(r"<h2.*?</h2>", each, re.S).group()): each for each in found}


def rows(section: str) -> dict[str, list[str]]:
    """What stands in each row of the section's first table, by how it begins."""
    table = re.search(r"<table.*?</table>", section, re.S).group()
    cells = [
        [text(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)]
        for row in re.findall(r"<tr>.*?</tr>", table, re.S)
    ]
    return {first: others for first, *others in cells}


def links(section: str) -> dict[str, list[str]]:
    """Where each text leads."""
    found: dict[str, list[str]] = {}
    for address, words in re.findall(r'<a href="([^"]*)">(.*?)</a>', section, re.S):
        found.setdefault(text(words), []).append(unescape(address))
    return found
