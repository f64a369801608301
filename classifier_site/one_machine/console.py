"""What several processes say, line by line under their names."""

import io
import sys
import time
from collections.abc import Iterable

COLOURS = (36, 33, 32, 35, 34)  # of names on a terminal: ECMA-48, section 8.3.117


class Console:
    def __init__(self, names: Iterable[str]) -> None:
        names = list(names)
        self._width = max(map(len, names))
        self._colours = dict(zip(names, COLOURS, strict=False)) if sys.stdout.isatty() else {}
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # children write what they like

    def print(self, text: str, name: str | None = None) -> None:
        """Print a line under a name, or text as it is.

        Raises:
            OSError: whoever read our output has gone, as with `manage.py up | head`.
        """
        if name is not None:
            label = f"{time.strftime('%H:%M:%S')} {name:<{self._width}} |"
            if colour := self._colours.get(name):
                label = f"\033[{colour}m{label}\033[0m"
            text = f"{label} {text}"
        print(text, flush=True)  # noqa: T201
