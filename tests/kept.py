"""What takes long to make and is the same for every run, made by one process and kept for all."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent.parent / ".pytest_cache" / "d"  # `make clean` and --cache-clear


@contextmanager
def one_process(name: str) -> Iterator[None]:
    """Whoever comes second waits until the first has left the block."""
    lock = Path(tempfile.gettempdir()) / f"classifier-tests-{os.geteuid()}-{name}.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def kept(name: str, made_by: Iterable[Path], make: Callable[[Path], object]) -> Path:
    """The folder that `make` has filled, now or in a run before with the same files `made_by`."""
    key = sha256(b"".join(path.read_bytes() for path in sorted(made_by))).hexdigest()[:16]
    folder = FOLDER / name / key
    with one_process(name):
        if not folder.exists():
            half_made = folder.with_suffix(".half-made")
            shutil.rmtree(half_made, ignore_errors=True)
            half_made.mkdir(parents=True)
            make(half_made)
            half_made.rename(folder)
    return folder
