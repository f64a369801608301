"""Links between the documents lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.conftest import PROJECT

DOCUMENTS = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md"), *PROJECT.glob("tests/**/*.md")]
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)")


def prose(document: Path) -> str:
    """Without blocks of code, whose lines can begin with # and hold brackets."""
    return re.sub(r"^```.*?^```", "", document.read_text(), flags=re.M | re.S)


def anchors(document: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_relative_link_leads_to_a_file_and_a_heading(document):
    for path, anchor in LINK.findall(prose(document)):
        target = document.parent / path if path else document
        assert target.exists(), path
        if anchor:
            assert anchor in anchors(target), f"{path}#{anchor}"


def test_the_readme_leads_to_every_document():
    linked = {path for path, _ in LINK.findall(prose(PROJECT / "README.md"))}
    documents = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")]
    written = {str(path.relative_to(PROJECT)) for path in documents} - {"README.md"}
    # The notes are reached from docs/performance.md.
    assert written - linked == {"docs/performance-notes.md"}


def test_every_file_that_the_architecture_names_exists():
    named = re.findall(r"`([\w/]+(?:\.py|/))`", (PROJECT / "docs" / "architecture.md").read_text())
    assert len(named) > 40
    for name in named:
        assert (PROJECT / name).exists() or (PROJECT / "predictions" / name).exists(), name
