"""How long work tells what it is doing, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Called with a step in words and, where it can be counted, how much of it is done."""

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None: ...


def silent(step: str, done: int | None = None, total: int | None = None) -> None:
    """A `Progress` that says nothing."""
