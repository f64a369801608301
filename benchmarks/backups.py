"""What a backup takes, into a folder and into S3 on the same machine: seconds and memory.

    python -m benchmarks.backups [--gigabytes 2]

The files are random bytes: three quarters in files of 500 kB, like pictures, the others in ones of
100 MB, like archives. Memory is that of `manage.py backup` or `restore` at its highest, and with
PostgreSQL's programs that it starts.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from time import perf_counter, sleep

import psutil

from benchmarks.similar import own_database
from tests.s3_server import SITE, S3Server

SMALL, LARGE = 500_000, 100_000_000  # bytes
LOOK_EVERY = 0.02  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backups")
    parser.add_argument("--gigabytes", type=float, default=2)
    size = int(parser.parse_args().gigabytes * 1e9)
    with own_database(durable=True), tempfile.TemporaryDirectory() as folder:
        make_pictures(size)
        s3 = S3Server(Path(folder) / "s3")
        s3.start()
        os.environ |= SITE
        try:
            for where in (str(Path(folder) / "backups"), s3.url("backups")):
                print(f"into {where.partition(':')[0] if '://' in where else 'a folder'}")
                for command in ("backup", "backup", "restore --check"):
                    measure(command.split(), where)
        finally:
            s3.kill()


def make_pictures(size: int) -> None:
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from predictions.models import Image

    for number, length in enumerate(lengths(size)):
        content = os.urandom(length)
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        name = f"images/2026/11/{number % 28 + 1:02}/{md5}-{number:08x}.jpeg"
        Image.objects.create(
            sha256=hashlib.sha256(content).hexdigest(),
            md5=md5,
            format="JPEG",
            width=1000,
            height=800,
            size=length,
            file=default_storage.save(name, ContentFile(content)),
        )


def lengths(size: int) -> Iterator[int]:
    large = size // 4 // LARGE
    return chain(repeat(LARGE, large), repeat(SMALL, (size - large * LARGE) // SMALL))


def measure(command: list[str], where: str) -> None:
    began = perf_counter()
    process = psutil.Popen(
        [sys.executable, "manage.py", command[0], where, *command[1:]],
        stdout=subprocess.PIPE,
        text=True,
    )
    own = together = 0
    while process.poll() is None:
        try:
            each = [process, *process.children(recursive=True)]
            memory = [one.memory_info().rss for one in each]
        except psutil.NoSuchProcess:  # one of the programs has just ended
            continue
        own, together = max(own, memory[0]), max(together, sum(memory))
        sleep(LOOK_EVERY)
    seconds = perf_counter() - began
    said = process.stdout.read().strip().splitlines()[-1]
    print(
        f"{' '.join(command):16} {seconds:5.1f} s, {own / 1e6:4.0f} MB, {together / 1e6:4.0f} MB "
        f"with PostgreSQL's programs: {said}",
        flush=True,
    )
    if process.returncode:
        raise SystemExit(process.returncode)


if __name__ == "__main__":
    main()
