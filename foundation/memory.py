"""Limits the memory that decoding holds, and returns freed memory to the system."""

import ctypes
import resource
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Lock

PROCESS = Path("/proc/self/statm")  # of Linux, see proc(5)
DATA = 5  # the field of it that RLIMIT_DATA limits, in pages
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # malloc.h
LARGE_BLOCK = 4 * 1024 * 1024
SMALL_PART = 16  # of the budget: three megapixels, where fifty are allowed
RESERVE = 32_000_000  # bytes for files, answers and other data of a worker

changing_the_limit = Lock()  # which is the process's, while several threads decode and load


class Budget:
    """Bytes that all decoding threads of a process can hold together.

    Small pictures are not counted and do not wait: they pass large ones that are being decoded.
    """

    def __init__(self, size: int, threads: int, beside: Callable[[], int] = lambda: 0) -> None:
        """beside: bytes that other threads may take meanwhile, beyond RESERVE."""
        self.beside = beside
        self.size = self.left = size
        self.small = size // SMALL_PART
        self.threads = threads  # each with perhaps a small picture
        self.changed = Condition()
        self.turn = Lock()

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Waits until there is room for this many bytes, or for the whole budget if they are more.

        One thread at a time waits for room and the others for their turn, so that medium
        pictures cannot starve a large one.
        """
        if size <= self.small:
            with self.changed:
                self.limit_growth(0)
            yield
            return
        size = min(size, self.size)
        with self.turn, self.changed:
            self.changed.wait_for(lambda: self.left >= size)
            self.limit_growth(size)
            self.left -= size
        try:
            yield
        finally:
            with self.changed:
                self.left += size
                if self.left < self.size:
                    self.limit_growth(-size)
                self.changed.notify_all()

    def limit_growth(self, size: int) -> None:
        """Makes Linux refuse memory beyond what the surveys of pictures predict.

        A decoder that gets no memory reports that it cannot decode the picture. The limit is set
        anew before each picture, because freed memory still counts: glibc returns the pages of a
        fragmented heap to the system, but not their addresses. Measured: 250 MB after 3,000
        damaged pictures. While large pictures are decoded nobody can tell what of the process's
        memory is theirs, so the limit only moves by what begins and ends.
        """
        if not PROCESS.exists():
            return
        with changing_the_limit:
            limit, hard = resource.getrlimit(resource.RLIMIT_DATA)
            if self.left == self.size:
                limit = data_size() + self.small * self.threads + RESERVE + self.beside()
            resource.setrlimit(resource.RLIMIT_DATA, (limit + size, hard))


def give_back() -> None:
    """Makes glibc return freed memory to the system.

    Pillow frees a large picture in blocks of 16 MB, which glibc keeps: measured, 700 MB after a
    picture of 50 megapixels. Takes some milliseconds, so it is done only after large pictures.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def forget_locals(error: BaseException) -> None:
    """Frees what the functions that raised this error, and its causes, had in their variables.

    A traceback keeps them. Whoever keeps an error where one of these functions sees it makes a
    circle, which stays until Python's garbage collector comes by. Measured: 180 MB for each picture
    of 50 megapixels that ended early.
    """
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        traceback.clear_frames(cause.__traceback__)  # of all that do not run any more
        cause = cause.__cause__ or cause.__context__


def data_size() -> int:
    """Bytes of this process that count against RLIMIT_DATA (setrlimit(2)); 0 outside Linux."""
    if not PROCESS.exists():
        return 0
    return int(PROCESS.read_text().split()[DATA]) * resource.getpagesize()


def take_large_blocks_from_the_system() -> None:
    """Otherwise glibc keeps freed blocks in its arenas, where they still count; see mallopt(3)."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
        mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK)  # no longer adjusted once the other is set
        mallopt(M_ARENA_MAX, 2)


@contextmanager
def unlimited() -> Iterator[None]:
    """Memory allocated inside does not count against the limit.

    Budget.limit_growth waits until then.
    """
    with changing_the_limit:
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if soft == resource.RLIM_INFINITY:
            yield
            return
        before = data_size()
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, (soft + max(0, data_size() - before), hard))
