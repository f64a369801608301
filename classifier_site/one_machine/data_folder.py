"""CLASSIFIER_DATA: the one folder in which a machine keeps everything of this service."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent


class StartError(Exception):
    """Why the service cannot start: one sentence for the person at the console."""


def locate(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("CLASSIFIER_DATA") or BASE_DIR / "var").absolute()


def make(data: Path) -> None:
    """Create the folder if need be and see that it can be written. Raises StartError."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        trial = data / f".{os.getpid()}.trial"
        try:
            trial.write_bytes(b"x" * 4096)  # a full disk still gives out empty files
        finally:
            trial.unlink(missing_ok=True)
    except OSError as error:
        raise StartError(
            f"The data folder {data} cannot be written ({error.strerror}): "
            "make room or set CLASSIFIER_DATA to another folder."
        ) from error


def secret_key(data: Path, *, create: bool) -> str | None:
    """The key in the folder; if there is none, a new one if wanted, else None."""
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
    """Hold the folder alone; `patience` seconds let the children of a killed `up` end.

    The lock is on the folder itself, so that nothing is left behind, whatever happens.
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
