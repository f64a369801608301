"""What people do with pictures on a page, as the browser tells the page of it."""

import base64
import mimetypes
from pathlib import Path

from playwright.sync_api import JSHandle, Page

DATA_TRANSFER = """files => {
    const transfer = new DataTransfer();
    for (const { name, type, content } of files) {
        const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type }));
    }
    return transfer;
}"""


def drop(page: Page, *paths: Path) -> None:
    transfer = data_transfer(page, paths)
    for kind in ("dragover", "drop"):
        page.dispatch_event("#classify", kind, {"dataTransfer": transfer})


def paste(page: Page, *paths: Path) -> None:
    page.evaluate(
        """transfer => document.body.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true })
        )""",
        data_transfer(page, paths),
    )


def data_transfer(page: Page, paths: tuple[Path, ...]) -> JSHandle:
    files = [
        {
            "name": path.name,
            "type": mimetypes.guess_type(path.name)[0] or "",
            "content": base64.b64encode(path.read_bytes()).decode(),
        }
        for path in paths
    ]
    return page.evaluate_handle(DATA_TRANSFER, files)
