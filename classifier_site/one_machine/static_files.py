"""Collects the static files, unless they are those of the last start."""

from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from foundation.web import static

# What hashes and compresses them.
PROCESSORS = ("django", "whitenoise")


def collect() -> None:
    """Hashing and compressing takes six seconds of a core, reading 13 MB a hundredth of that."""
    stamp = settings.STATIC_ROOT / ".collected-from"
    sources = fingerprint()
    if stamp.exists() and stamp.read_text() == sources:
        return
    stamp.unlink(missing_ok=True)  # so that an interrupted run is repeated
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(sources)


def fingerprint() -> str:
    """SHA-256 of the files to be collected, their names, and what processes them."""
    found = sha256(" ".join(map(version, PROCESSORS)).encode())
    found.update(Path(static.__file__).read_bytes())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda file: file[0]):
            content = Path(storage.path(path)).read_bytes()
            found.update(f"{path}\0{len(content)}\0".encode() + content)
    return found.hexdigest()
