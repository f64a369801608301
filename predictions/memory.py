"""How much memory decoding may hold, and how it is given back to the system."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Lock


class Budget:
    """Bytes that all threads of a process may hold together."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.changed = Condition()
        self.turn = Lock()

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Waits until there is room for so many bytes, which are at most the whole budget.

        One thread at a time waits for room and the others for their turn, so that small pictures
        never keep a large one waiting for ever.
        """
        with self.turn, self.changed:
            self.changed.wait_for(lambda: self.left >= size)
            self.left -= size
        try:
            yield
        finally:
            with self.changed:
                self.left += size
                self.changed.notify_all()


def give_back() -> None:
    """Has the C library return freed memory to the system, where it is glibc.

    Pillow frees a large picture in blocks of 16 MB, which glibc keeps: measured, 700 MB after a
    picture of 50 megapixels. Takes some milliseconds, so only after large pictures.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
