"""CLASSIFIER_DATA: the folder with all data of the service on this machine."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent


class StartError(Exception):
    """Why the service cannot start: a message for the person at the console."""


def locate(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("CLASSIFIER_DATA") or BASE_DIR / "var").absolute()


def make(data: Path) -> None:
    """Creates the folder if necessary and checks that it is writable. Raises StartError."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        trial = data / f".{os.getpid()}.trial"
        try:
            trial.write_bytes(b"x" * 4096)  # empty files can be created on a full disk
        finally:
            trial.unlink(missing_ok=True)
    except OSError as error:
        raise StartError(
            f"The data folder {data} cannot be written ({error.strerror}): "
            "make room or set CLASSIFIER_DATA to another folder."
        ) from error


def secret_key(data: Path, *, create: bool) -> str | None:
    """The key in the folder; if it is missing, a new one with `create`, otherwise None."""
    path = data / "secret_key"
    try:
        if create and not path.exists():
            half_made = path.with_name(f".secret_key.{os.getpid()}")
            with open(os.open(half_made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(50))
                file.flush()
                os.fsync(file.fileno())
            half_made.rename(path)
        return path.read_text().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StartError(f"{path} cannot be read or made ({error.strerror}).") from error


@contextmanager
def lock(data: Path, patience: float = 5.0) -> Iterator[None]:
    """Locks the folder; waits `patience` seconds for the children of a killed `up` to end.

    The lock is on the folder itself, so that no lock file can be left behind.
    """
    descriptor = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StartError(
                        f"Another server is already using the data folder {data}: "
                        "stop that one, or set CLASSIFIER_DATA to another folder."
                    ) from None
                time.sleep(0.1)
        yield
    finally:
        os.close(descriptor)
