"""Where `classify` writes: results to stdout, everything else to stderr."""

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

errors = Console(stderr=True)


def progress() -> Progress:
    """A bar, in a terminal; `says` stands behind it."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[says]}", markup=False),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )
